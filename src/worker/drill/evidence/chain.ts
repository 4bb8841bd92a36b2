import type { Evidence } from '../../../domain/evidence.ts';
import { EvidencePast } from '../../../domain/evidence.ts';
import type { EvidenceFaultKind } from '../../../domain/evidence-chain.ts';
import { chainFaults } from '../../../domain/evidence-chain.ts';
import type { BackupName } from '../../../domain/layout.ts';
import {
  evidenceFolder,
  evidenceNames,
  evidenceRunFolder,
  isRunId,
  runIdTime,
} from '../../../domain/layout.ts';
import { digestOf } from '../../../stream/digest.ts';
import { chainLink } from '../../../stream/evidence-chain.ts';
import type { ReadEnvelope } from '../../../stream/evidence-file.ts';
import { readEvidenceEnvelope } from '../../../stream/evidence-file.ts';
import type { DrillTask } from '../../../task/task.ts';
import { readSmall } from '../../store-text.ts';
import type { Workspace } from '../../workspace.ts';

type ChainContext = Pick<Workspace, 'store' | 'signal' | 'signingKey'>;

export type KnownEvidence = NonNullable<DrillTask['evidence']>;

/** What evidence says of its place in the repository. */
export type ChainPlace = Pick<Evidence, 'sequence' | 'previous' | 'chain' | 'past' | 'signedBy'>;

/** How many drills of the past a report shows; so many envelopes are read. */
const pastShown = 12;

/** A number that no drill reaches: an envelope without a signature that holds must not use up the numbers. */
const sequenceLimit = 1_000_000_000;

/** How far clocks may be apart: evidence of a drill that began later than that after us did not begin at all. */
const skewMilliseconds = 60 * 60 * 1000;

interface Link extends ReadEnvelope {
  readonly runId: string;
  readonly digest: string;
  /** What it claims to be, or what it must be by its place where it cannot be read. */
  readonly number: number;
}

/**
 * Finds the place of the evidence of a run in the chain of its drill. Only the newest envelopes are read. One that
 * does not hold is followed all the same, so that this evidence fixes what lay there, and is named among the faults;
 * it has used its number, too. What it claims to have measured is not repeated. One of a time to come is named, and
 * not followed: it would stay the newest whatever comes after it. `known`: the newest evidence that somebody outside
 * the repository remembers, whose loss no link tells.
 */
export async function findPlace(
  context: ChainContext,
  { drill, runId, completionTime }: Pick<Evidence, 'drill' | 'runId' | 'completionTime'>,
  known?: KnownEvidence,
): Promise<ChainPlace> {
  const finished = await listFinished(context, drill);
  const others = finished.filter((other) => other !== runId).toSorted();
  const horizon = runIdTime(new Date(Date.parse(completionTime) + skewMilliseconds));
  const ahead = others.filter((other) => other.slice(0, horizon.length) > horizon);
  const near = others.slice(0, others.length - ahead.length).slice(-pastShown);
  const links = await readLinks(context, drill, near);
  const last = links.toSorted((a, b) => b.number - a.number)[0];
  return {
    sequence: (last?.number ?? 0) + 1,
    ...(last === undefined ? {} : { previous: { runId: last.runId, digest: last.digest } }),
    ...(context.signingKey === undefined ? {} : { signedBy: context.signingKey.fingerprint }),
    chain: {
      checked: links.length,
      faults: [
        ...faultsAmong(links, (other) => others.includes(other) && !near.includes(other)),
        ...faultsAhead(ahead),
        ...(await lossOf(context, drill, known)),
      ],
    },
    past: links.toReversed().flatMap(measuredBy),
  };
}

/** The first so many: somebody who plants one can plant thousands. */
function faultsAhead(runIds: readonly string[]): Evidence['chain']['faults'] {
  const more = runIds.length > pastShown ? `, as are ${String(runIds.length)} in all` : '';
  return runIds.slice(0, pastShown).map((runId) => ({
    runId,
    fault: `it is of a time that has not come${more}: somebody has put it there`,
  }));
}

async function lossOf(
  context: ChainContext,
  drill: BackupName,
  known: KnownEvidence | undefined,
): Promise<Evidence['chain']['faults']> {
  if (known === undefined) return [];
  const { runId, digest } = known;
  const [found] = await readLinks(context, drill, [runId]);
  if (found === undefined)
    return [
      { runId, fault: 'known to have been written, and missing: removed, or the repository was put back' },
    ];
  return found.digest === digest
    ? []
    : [{ runId, fault: `known as ${digest}, and found as ${found.digest}` }];
}

/** Ids of the drill runs that left an envelope. */
async function listFinished({ store, signal }: ChainContext, drill: BackupName): Promise<string[]> {
  const folder = evidenceFolder(drill);
  const runIds: string[] = [];
  for await (const { key } of store.list(folder)) {
    signal.throwIfAborted();
    const [runId, name, ...more] = key.slice(folder.length).split('/');
    if (runId === undefined || !isRunId(runId) || name !== evidenceNames.envelope || more.length > 0)
      continue;
    runIds.push(runId);
  }
  return runIds;
}

async function readLinks(
  { store, signal, signingKey }: ChainContext,
  drill: BackupName,
  runIds: readonly string[],
): Promise<Link[]> {
  const files = await Promise.all(
    runIds.map((runId) =>
      readSmall(store, `${evidenceRunFolder(drill, runId)}${evidenceNames.envelope}`, signal),
    ),
  );
  const links: Link[] = [];
  for (const [index, runId] of runIds.entries()) {
    const file = files[index];
    if (file === undefined) continue;
    const read = readEvidenceEnvelope(file, { runId, drill }, signingKey === undefined ? [] : [signingKey]);
    const claimed = read.statement?.predicate.sequence;
    const isBelieved = claimed !== undefined && (read.signature === 'Valid' || claimed < sequenceLimit);
    const number = isBelieved ? claimed : (links.at(-1)?.number ?? 0) + 1;
    links.push({ ...read, runId, digest: digestOf(file).digest, number });
  }
  return links;
}

function faultsAmong(
  links: readonly Link[],
  isElsewhere: (runId: string) => boolean,
): Evidence['chain']['faults'] {
  const between = chainFaults(
    links.map(({ runId, digest, statement }) =>
      chainLink({ runId, digest, ...(statement === undefined ? {} : { predicate: statement.predicate }) }),
    ),
    { isElsewhere },
  );
  const fixed = fixedAmong(links);
  return links.flatMap((link) =>
    [
      ...link.faults.filter(({ kind }) => !isKeyFault(kind) || !fixed.has(link.digest)),
      ...(between.get(link.runId) ?? []),
    ].map(({ message }) => ({ runId: link.runId, fault: message })),
  );
}

function isKeyFault(kind: EvidenceFaultKind): boolean {
  return kind === 'OtherKey' || kind === 'Unsigned';
}

/**
 * After the key of a repository was changed, evidence from before is signed by another. The one that came first with
 * the new key said so, and fixed it by its digest, and with it what that one fixes: there is nothing new to say. What
 * only evidence of the same kind speaks for is not fixed.
 */
function fixedAmong(links: readonly Link[]): ReadonlySet<string> {
  const fixed = new Set<string>();
  for (const { faults, digest, statement } of links.toSorted((a, b) => b.number - a.number)) {
    const previous = statement?.predicate.previous?.digest;
    if (previous !== undefined && (faults.length === 0 || fixed.has(digest))) fixed.add(previous);
  }
  return fixed;
}

function measuredBy({ statement, faults }: Link): EvidencePast[] {
  return statement === undefined || faults.length > 0
    ? []
    : [EvidencePast.strip().parse(statement.predicate)];
}
