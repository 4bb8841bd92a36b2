import type { RetentionSpec } from '../api/v1alpha1/postgres-backup.ts';
import type { Logger } from '../base/logger.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { Failure } from '../domain/failure.ts';
import type { BackupName } from '../domain/layout.ts';
import type { RetentionContext } from '../domain/retention.ts';
import { planRetention } from '../domain/retention.ts';
import type { Store } from '../storage/store.ts';
import { removeRun } from './remove-run.ts';

export interface RetainContext extends RetentionContext {
  readonly store: Store;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

export interface Retained {
  readonly catalogue: Catalogue;
  readonly removedRuns: number;
  readonly held?: string;
}

/**
 * Applies retention to the runs of a backup. Called after a success only. A store that refuses a removal (a lock, a
 * missing permission) holds retention and says so: the run stays good.
 */
export async function retain(
  context: RetainContext,
  backup: BackupName,
  spec: RetentionSpec,
  catalogue: Catalogue,
): Promise<Retained> {
  const plan = planRetention(
    catalogue.runs.map(({ manifest }) => ({
      runId: manifest.runId,
      sequence: manifest.sequence,
      snapshotTime: new Date(manifest.snapshotTime),
      suspicious: manifest.suspicious,
      content: manifest.content,
      filtered: manifest.filtered,
      databases: manifest.databases.map(({ name }) => name),
    })),
    spec,
    context,
  );
  const removed = new Set<string>();
  let held = plan.held;
  for (const { folder } of catalogue.runs.toReversed()) {
    if (!plan.remove.includes(folder.runId)) continue;
    try {
      await removeRun(context.store, backup, folder, context.signal);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      held = `run ${folder.runId} could not be removed: ${error.message}`;
      break;
    }
    removed.add(folder.runId);
    context.logger.info({ runId: folder.runId, bytes: folder.bytes }, 'retention removed a run');
  }
  return {
    catalogue: { ...catalogue, runs: catalogue.runs.filter(({ folder }) => !removed.has(folder.runId)) },
    removedRuns: removed.size,
    ...(held === undefined ? {} : { held }),
  };
}
