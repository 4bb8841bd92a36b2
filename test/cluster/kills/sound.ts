import { isDeepStrictEqual } from 'node:util';
import type { PostgresBackup } from '../../../src/api/v1alpha1/postgres-backup.ts';
import { waitFor } from '../harness/kubectl.ts';
import type { Stored } from './oracle.ts';
import { heldThings, readStore } from './oracle.ts';
import type { Runs } from './round.ts';
import { names, requestRuns, settled } from './round.ts';
import type { Stage } from './stage.ts';
import type { History } from './watch.ts';

/**
 * Waits until each backup has had so many runs. What is wrong then, in words: a run that did not succeed in the end,
 * that is reported and not published, or published and not reported, a run with two Jobs, anything that a run before
 * the newest left, anything held.
 */
export async function faultsAfter(stage: Stage, history: History, runs: Runs): Promise<readonly string[]> {
  const all = await ended(stage, runs);
  return [...all.flatMap((one) => faultsOf(one, history, runs)), ...(await stillHeld(stage))];
}

/** The same after one more run of each, which nothing disturbs: it leaves nothing, whatever those before it left. */
export async function faultsAfterNext(stage: Stage, history: History): Promise<readonly string[]> {
  const runs = await requestRuns(stage);
  const all = await ended(stage, runs);
  return [
    ...all.flatMap((one) => faultsOf(one, history, runs)),
    ...all.flatMap(({ stored }) => stored.leftovers).map((key) => `left over: ${key}`),
    ...(await stillHeld(stage)),
  ];
}

/** A backup that has no run on its way, and what the store holds of it. */
interface Ended {
  readonly backup: PostgresBackup;
  readonly stored: Stored;
}

async function ended(stage: Stage, runs: Runs): Promise<readonly Ended[]> {
  const all = await settled(stage, runs);
  const stored = await readStore(stage, names);
  return stored.map((one, index) => ({ backup: all[index]!, stored: one }));
}

function faultsOf({ backup, stored }: Ended, history: History, counts: Runs): readonly string[] {
  const { name } = backup.metadata;
  const { runs = [], conditions = [] } = backup.status ?? {};
  const [newest] = runs;
  const reported = runs.filter(({ outcome }) => outcome === 'Succeeded').map(({ runId }) => runId);
  const reasons = conditions.map(({ type, reason }) => `${type} ${reason}`);
  const { published, broken, leftovers } = stored;
  return [
    ...(newest?.outcome === 'Succeeded' ? [] : [`the newest run ${newest?.outcome}: ${newest?.message}`]),
    ...['Ready WaitingForRequest', 'LastRunSucceeded Verified']
      .filter((wanted) => !reasons.includes(wanted))
      .map((wanted) => `not ${wanted}, but ${reasons.join(', ')}`),
    ...broken.map((key) => `not what its manifest says: ${key}`),
    ...(isDeepStrictEqual(published.toSorted(), reported.toSorted())
      ? []
      : [`published ${published.join(' ')}, reported ${reported.join(' ')}`]),
    ...(runs.length === counts.get(name) ? [] : [`${runs.length} runs instead of ${counts.get(name)}`]),
    ...runs
      .filter(({ runId }) => history.jobs.get(runId)?.size !== 1)
      .map(({ runId }) => `run ${runId} had ${history.jobs.get(runId)?.size} Jobs`),
    ...leftovers
      .filter((key) => !key.includes(`/${newest?.runId}/`))
      .map((key) => `not swept by the run after it: ${key}`),
  ].map((fault) => `${name}: ${fault}`);
}

async function stillHeld(stage: Stage): Promise<readonly string[]> {
  const free = async (): Promise<boolean> => (await heldThings(stage)).length === 0;
  await waitFor('nothing to be held', free, { timeoutSeconds: 30 }).catch(() => undefined);
  return (await heldThings(stage)).map((name) => `still held: ${name}`);
}
