import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import type { ObjectMeta } from '../../base/resource.ts';
import type { Facts, SeenPresent } from './seen.ts';

type Proof = NonNullable<Facts['lastProven']>;

/**
 * The newest run that a drill restored, and when that was last: a drill of an older run, however late, says nothing of
 * a newer one. What was proven once stays, also when the drill is deleted.
 */
export function withProof(facts: Facts, { owner, drills }: Pick<SeenPresent, 'owner' | 'drills'>): Facts {
  const proofs = drills.map((drill) => proofOf(drill, owner.metadata));
  const [newest] = [facts.lastProven, ...proofs]
    .filter((proof) => proof !== undefined)
    .toSorted(newestRunFirst);
  return newest ? { ...facts, lastProven: newest } : facts;
}

/** Run ids sort by time. */
function newestRunFirst(a: Proof, b: Proof): number {
  if (a.runId !== b.runId) return a.runId < b.runId ? 1 : -1;
  return b.time.localeCompare(a.time);
}

/**
 * A drill says of which backup its facts are: its spec may have been pointed at this one since, or this one been made
 * anew under its name.
 */
function proofOf({ metadata, status }: BackupDrill, backup: ObjectMeta): Proof | undefined {
  if (!status?.lastPassed || status.source !== backup.name) return undefined;
  const { backupRunId, backupUid, time, recoveryTimeSeconds, content } = status.lastPassed;
  if (backupUid !== undefined && backupUid !== backup.uid) return undefined;
  // Definitions came back, and no data.
  if (content === 'SchemaOnly') return undefined;
  return { drill: metadata.name, runId: backupRunId, time, recoveryTimeSeconds };
}
