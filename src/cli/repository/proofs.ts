import { Failure } from '../../domain/failure.ts';
import type { BackupName } from '../../domain/layout.ts';
import { findEvidence } from '../../worker/drill/evidence.ts';
import type { Contents, DrillRun } from './contents.ts';
import { titleOf } from './contents.ts';
import type { OpenedRepository } from './open.ts';

/** A drill that passed on a run. */
export interface Proof {
  /** `namespace/name` */
  readonly drill: string;
  readonly drillRunId: string;
  /** RFC 3339. */
  readonly time: string;
}

export interface Proofs {
  /** `manifestDigest`: a drill proves the run that it saw, and no other of its name. */
  of(backup: BackupName, runId: string, manifestDigest: string): Proof | undefined;
  /** Evidence that does not hold, and so proves nothing. */
  readonly faults: readonly string[];
}

const readsAtOnce = 8;

/** Reads the evidence that can speak of runs not older than `oldestRunId`; the newest of a run counts. */
export async function readProofs(
  repository: OpenedRepository,
  { evidence }: Contents,
  oldestRunId: string,
): Promise<Proofs> {
  const proofs = new Map<string, Proof>();
  const faults: string[] = [];
  // A drill comes after the run that it restores, and ids of runs begin with their time.
  const able = evidence
    .filter(({ runId }) => runId >= oldestRunId)
    .toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
  for (let from = 0; from < able.length; from += readsAtOnce) {
    const read = await Promise.all(
      able.slice(from, from + readsAtOnce).map((one) => readOne(repository, one)),
    );
    for (const one of read) {
      if (typeof one === 'string') faults.push(one);
      else if (one !== undefined) proofs.set(one.id, one.proof);
    }
  }
  return { of: (backup, runId, digest) => proofs.get(idOf(backup, runId, digest)), faults };
}

async function readOne(
  repository: OpenedRepository,
  { drill, runId }: DrillRun,
): Promise<{ id: string; proof: Proof } | string | undefined> {
  try {
    const { evidence } = (await findEvidence(repository, drill, runId)) ?? {};
    if (evidence?.verdict !== 'Passed' || evidence.backup === undefined) return undefined;
    // Definitions came back, and no data.
    if (evidence.backup.content === 'SchemaOnly') return undefined;
    const proof = { drill: titleOf(drill), drillRunId: runId, time: evidence.completionTime };
    const { runId: restored, manifestDigest } = evidence.backup;
    return { id: idOf(evidence.backup, restored, manifestDigest), proof };
  } catch (error) {
    if (error instanceof Failure && error.reason === 'EvidenceInvalid') return error.message;
    throw error;
  }
}

function idOf(backup: BackupName, runId: string, manifestDigest: string): string {
  return `${titleOf(backup)}/${runId} ${manifestDigest}`;
}
