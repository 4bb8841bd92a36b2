import type { EvidencePredicate } from './evidence-statement.ts';

/** What can be wrong with evidence: the closed list. */
export type EvidenceFaultKind =
  | 'EnvelopeUnreadable'
  | 'FolderDiffers'
  | 'SignatureInvalid'
  | 'OtherKey'
  | 'Unsigned'
  | 'SignerDiffers'
  | 'FileMissing'
  | 'DigestDiffers'
  | 'DocumentUnreadable'
  | 'DocumentDiffers'
  | 'DrillDiffers'
  | 'SequenceRepeated'
  | 'SequenceDiffers'
  | 'PreviousMissing'
  | 'PreviousDiffers';

export interface EvidenceFault {
  readonly kind: EvidenceFaultKind;
  /** For a person. */
  readonly message: string;
}

/** One evidence of a drill, as far as the chain concerns it. */
export interface ChainLink {
  /** Name of its folder. */
  readonly runId: string;
  /** Of its evidence.dsse.json. */
  readonly digest: string;
  /** Absent where the envelope cannot be read. */
  readonly predicate?: EvidencePredicate;
}

export interface ChainStart {
  /** Sequence of the evidence with which the chain may begin without the one before it. Default 1. */
  readonly first?: number;
  /** Says that evidence is known to lie elsewhere, so that it may be missing here. */
  readonly isElsewhere?: (runId: string) => boolean;
}

/**
 * What does not hold between the evidence of one drill, by run id: a number that is given twice or left out, a
 * predecessor that is missing or has changed. Says nothing about signatures.
 */
export function chainFaults(
  links: readonly ChainLink[],
  start: ChainStart = {},
): ReadonlyMap<string, readonly EvidenceFault[]> {
  const byRun = new Map(links.map((link) => [link.runId, link]));
  return new Map(links.map((link) => [link.runId, faultsOf(link, byRun, start)]));
}

function faultsOf(
  link: ChainLink,
  byRun: ReadonlyMap<string, ChainLink>,
  start: ChainStart,
): readonly EvidenceFault[] {
  const { predicate } = link;
  if (predicate === undefined) return [];
  const same = [...byRun.values()].filter(
    (other) => other !== link && other.predicate?.sequence === predicate.sequence,
  );
  return [
    ...same.map(({ runId }) =>
      fault('SequenceRepeated', `it is number ${String(predicate.sequence)}, and so is run ${runId}`),
    ),
    ...drillFaults(predicate, byRun),
    ...previousFaults(predicate, byRun, start),
  ];
}

function drillFaults(own: EvidencePredicate, byRun: ReadonlyMap<string, ChainLink>): EvidenceFault[] {
  const before = own.previous === undefined ? undefined : byRun.get(own.previous.runId)?.predicate;
  if (before === undefined || nameOf(before) === nameOf(own)) return [];
  return [
    fault('DrillDiffers', `it is of drill ${nameOf(own)}, and the one it follows is of ${nameOf(before)}`),
  ];
}

function previousFaults(
  own: EvidencePredicate,
  byRun: ReadonlyMap<string, ChainLink>,
  { first = 1, isElsewhere = () => false }: ChainStart,
): EvidenceFault[] {
  const number = String(own.sequence);
  if (own.previous === undefined)
    return own.sequence === 1
      ? []
      : [fault('PreviousMissing', `it is number ${number}, but names none before it`)];
  const { runId, digest } = own.previous;
  const before = byRun.get(runId);
  if (before === undefined)
    return own.sequence === first || isElsewhere(runId)
      ? []
      : [fault('PreviousMissing', `the evidence before it, of run ${runId}, is missing`)];
  const sequence = before.predicate?.sequence;
  return [
    ...(before.digest === digest
      ? []
      : [
          fault(
            'PreviousDiffers',
            `the envelope of run ${runId} has ${before.digest}; when this was written it had ${digest}`,
          ),
        ]),
    ...(sequence === undefined || sequence === own.sequence - 1
      ? []
      : [fault('SequenceDiffers', `it is number ${number}, but follows number ${String(sequence)}`)]),
  ];
}

function nameOf({ drill }: EvidencePredicate): string {
  return `${drill.namespace}/${drill.name}`;
}

function fault(kind: EvidenceFaultKind, message: string): EvidenceFault {
  return { kind, message };
}
