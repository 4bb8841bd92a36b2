import type { ChainLink, ChainStart, EvidenceFault } from '../domain/evidence-chain.ts';
import { chainFaults } from '../domain/evidence-chain.ts';
import type { BackupName } from '../domain/layout.ts';
import { evidenceNames } from '../domain/layout.ts';
import type { CheckedEvidence } from './evidence-run.ts';
import { checkEvidenceFiles } from './evidence-run.ts';
import type { VerifyingKey } from './signing.ts';

export interface EvidenceVerification {
  /** In the order of the chain; what has no readable number comes last. */
  readonly runs: readonly CheckedEvidence[];
  /** Folders without an envelope: drills that were cut short. What they hold is no evidence. */
  readonly unfinished: readonly string[];
  /** At least one run, and none with a fault. */
  readonly valid: boolean;
}

export interface ChainOptions extends ChainStart {
  /** Whose folder it is; absent: not known. */
  readonly drill?: BackupName;
}

/**
 * Checks a folder of evidence of one drill: every file against its envelope, every envelope against `keys`, and each
 * against the one before. `files`: bytes by path in the folder, as `<runId>/evidence.json`; other paths are ignored.
 * Without keys the signatures are not looked at, and `signature` of each run says so. That the newest evidence was
 * not removed this cannot tell: compare its digest with the one in the status of the BackupDrill.
 */
export function verifyEvidenceChain(
  files: ReadonlyMap<string, Uint8Array>,
  keys: readonly VerifyingKey[],
  { drill, ...start }: ChainOptions = {},
): EvidenceVerification {
  const folders = [...new Set([...files.keys()].flatMap(folderOf))].toSorted();
  const checked = folders.flatMap((runId) => {
    const envelope = files.get(`${runId}/${evidenceNames.envelope}`);
    const document = files.get(`${runId}/${evidenceNames.document}`);
    const page = files.get(`${runId}/${evidenceNames.page}`);
    const place = { runId, ...(drill === undefined ? {} : { drill }) };
    return envelope === undefined ? [] : [checkEvidenceFiles(place, { envelope, document, page }, keys)];
  });
  const between = chainFaults(checked.map(chainLink), start);
  const runs = checked
    .map((run) => ({ ...run, faults: [...run.faults, ...(between.get(run.runId) ?? [])] }))
    .toSorted((a, b) => numberOf(a) - numberOf(b) || (a.runId < b.runId ? -1 : 1));
  const present = new Set(runs.map(({ runId }) => runId));
  return {
    runs,
    unfinished: folders.filter((runId) => !present.has(runId)),
    valid: runs.length > 0 && runs.every(({ faults }) => faults.length === 0),
  };
}

/** What the chain needs to know of evidence that was read. */
export function chainLink({
  runId,
  digest,
  predicate,
}: Pick<CheckedEvidence, 'runId' | 'digest' | 'predicate'>): ChainLink {
  return { runId, digest, ...(predicate === undefined ? {} : { predicate }) };
}

/** The faults as one text. */
export function describeFaults(faults: readonly EvidenceFault[]): string {
  return faults.map(({ message }) => message).join('; ');
}

function folderOf(path: string): string[] {
  const [runId, name, ...more] = path.split('/');
  const known = more.length === 0 && Object.values<string | undefined>(evidenceNames).includes(name);
  return known && runId !== undefined ? [runId] : [];
}

function numberOf({ predicate }: CheckedEvidence): number {
  return predicate?.sequence ?? Number.MAX_SAFE_INTEGER;
}
