import { isDeepStrictEqual } from 'node:util';
import type { PostgresBackup } from '../../../src/api/v1alpha1/postgres-backup.ts';
import { waitFor } from '../harness/kubectl.ts';
import type { Stored } from './oracle.ts';
import { heldThings, readStore } from './oracle.ts';
import { names, requestRuns, roundsSoFar, settled } from './round.ts';
import type { Stage } from './stage.ts';
import type { History } from './watch.ts';

/**
 * Waits until the runs of a round have ended. What is wrong then, in words: a run that is reported and not published,
 * or published and not reported, a run with two Jobs, anything that a run before this one left, anything held.
 */
export async function faultsAfter(stage: Stage, history: History, round: number): Promise<readonly string[]> {
  const all = await ended(stage, round);
  return [...all.flatMap((one) => faultsOf(one, history, round)), ...(await stillHeld(stage))];
}

/** The same after one more run of each, which nothing disturbs: it leaves nothing, whatever those before it left. */
export async function faultsAfterNext(stage: Stage, history: History): Promise<readonly string[]> {
  const round = 1 + (await roundsSoFar(stage));
  await requestRuns(stage);
  const all = await ended(stage, round);
  return [
    ...all.flatMap((one) => [...faultsOf(one, history, round), ...faultsOfNext(one)]),
    ...(await stillHeld(stage)),
  ];
}

/** A backup that has no run on its way, and what the store holds of it. */
interface Ended {
  readonly backup: PostgresBackup;
  readonly stored: Stored;
}

async function ended(stage: Stage, round: number): Promise<readonly Ended[]> {
  const all = await settled(stage, round);
  const stored = await readStore(stage, names);
  return stored.map((one, index) => ({ backup: all[index]!, stored: one }));
}

function faultsOf(
  { backup: { metadata, status }, stored }: Ended,
  history: History,
  round: number,
): readonly string[] {
  const runs = status?.runs ?? [];
  const reported = runs.filter(({ outcome }) => outcome === 'Succeeded').map(({ runId }) => runId);
  const { published, broken, leftovers } = stored;
  return [
    ...broken.map((key) => `not what its manifest says: ${key}`),
    ...(isDeepStrictEqual(published.toSorted(), reported.toSorted())
      ? []
      : [`published ${published.join(' ')}, reported ${reported.join(' ')}`]),
    ...(runs.length === round ? [] : [`${runs.length} runs instead of ${round}`]),
    ...runs
      .filter(({ runId }) => history.jobs.get(runId)?.size !== 1)
      .map(({ runId }) => `run ${runId} had ${history.jobs.get(runId)?.size} Jobs`),
    ...leftovers
      .filter((key) => !key.includes(`/${runs[0]?.runId}/`))
      .map((key) => `not swept by the run after it: ${key}`),
  ].map((fault) => `${metadata.name}: ${fault}`);
}

/** After a run that nothing disturbed. */
function faultsOfNext({ backup: { metadata, status }, stored }: Ended): readonly string[] {
  const [newest] = status?.runs ?? [];
  const reasons = (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
  return [
    ...(newest?.outcome === 'Succeeded' ? [] : [`the next run: ${newest?.message}`]),
    ...['Ready WaitingForRequest', 'LastRunSucceeded Verified']
      .filter((wanted) => !reasons.includes(wanted))
      .map((wanted) => `not ${wanted}, but ${reasons.join(', ')}`),
    ...stored.leftovers.map((key) => `left over: ${key}`),
  ].map((fault) => `${metadata.name}: ${fault}`);
}

async function stillHeld(stage: Stage): Promise<readonly string[]> {
  const free = async (): Promise<boolean> => (await heldThings(stage)).length === 0;
  await waitFor('nothing to be held', free, { timeoutSeconds: 30 }).catch(() => undefined);
  return (await heldThings(stage)).map((name) => `still held: ${name}`);
}
