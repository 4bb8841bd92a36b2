import type { BackupDrill, BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import type { DrillTask } from '../../task/task.ts';
import { locationOf } from '../job/location.ts';
import type { Facts } from './seen.ts';

/** The printed column: the name of the backup, or `<repository>/<path>`. */
export function sourceText({ source }: Pick<BackupDrillSpec, 'source'>): string {
  const { backupRef, repository } = source;
  if (repository) return `${repository.repositoryRef.name}/${repository.path}`;
  return backupRef?.name ?? '';
}

/**
 * What is known is known of one source: with another one the drill starts anew. A drill under way ends as one of the
 * source that it was begun for.
 */
export function ofSource(facts: Facts, text: string): Facts {
  if (facts.source === text || facts.currentRun) return facts;
  if (facts.source === undefined) return { ...facts, source: text };
  const {
    verdict: _verdict,
    recoveryTime: _time,
    recoveryPoint: _point,
    lastRun: _run,
    lastPassed: _passed,
    history: _history,
    ...others
  } = facts;
  return { ...others, source: text };
}

/**
 * The newest evidence in status, which the repository must still hold. That of another source may lie elsewhere, and
 * that of before the repository was moved does: what is not said to lie elsewhere is looked for.
 */
export function knownEvidence(
  spec: BackupDrillSpec,
  { status }: BackupDrill,
  repository: BackupRepositorySpec,
): DrillTask['evidence'] {
  if (status?.source !== sourceText(spec)) return undefined;
  const last = status.history?.find(({ evidence }) => evidence !== undefined);
  if (last?.evidence === undefined) return undefined;
  const { digest, location } = last.evidence;
  if (liesElsewhere(location, repository)) return undefined;
  return { runId: last.runId, digest };
}

/**
 * Whose runs the worker looks for, with the newest that the operator knows of, which the repository must still hold:
 * that of before it was moved may not be at the present place.
 */
export function taskSource(
  { source }: BackupDrillSpec,
  namespace: string,
  backup: PostgresBackup | undefined,
  repository: BackupRepositorySpec,
): DrillTask['source'] {
  if (source.repository) {
    const [folder = '', name = ''] = source.repository.path.split('/');
    return { namespace: folder, name };
  }
  const newest = backup?.status?.lastSuccess;
  return {
    namespace,
    name: source.backupRef?.name ?? '',
    ...(newest &&
      !liesElsewhere(newest.location, repository) && {
        newest: { runId: newest.runId, snapshotTime: newest.snapshotTime },
      }),
  };
}

/** A place that was not recorded is taken to be the present one. */
function liesElsewhere(location: string | undefined, repository: BackupRepositorySpec): boolean {
  return location !== undefined && location !== locationOf(repository);
}
