import { isDeepStrictEqual } from 'node:util';
import type { PostgresBackup } from '../../../src/api/v1alpha1/postgres-backup.ts';
import { waitFor } from '../harness/kubectl.ts';
import { heldThings, readStore } from './oracle.ts';
import { requestRuns, settled } from './round.ts';
import type { Stage } from './stage.ts';
import type { History } from './watch.ts';

/**
 * Waits until the killed runs have ended, and has each backup run once more. What is wrong then, in words: a run that
 * is reported and not published, or published and not reported, a run with two Jobs, anything left over or held.
 */
export async function faultsAfter(
  stage: Stage,
  history: History,
  names: readonly string[],
): Promise<readonly string[]> {
  const killed = await settled(stage, names, 1);
  const faults = await faultsOfReports(stage, killed);
  await requestRuns(stage, names);
  const next = await settled(stage, names, 2);
  const left = (await readStore(stage, names)).flatMap(({ leftovers }) => leftovers);
  return [
    ...faults,
    ...next.flatMap((backup) => faultsOfNext(backup, history)),
    ...left.map((key) => `left over: ${key}`),
    ...(await stillHeld(stage)),
  ];
}

async function faultsOfReports(stage: Stage, backups: readonly PostgresBackup[]): Promise<readonly string[]> {
  const names = backups.map(({ metadata }) => metadata.name);
  const stored = await readStore(stage, names);
  return backups.flatMap(({ metadata, status }, index) => {
    const good = (status?.runs ?? []).filter(({ outcome }) => outcome === 'Succeeded');
    const reported = good.map(({ runId }) => runId);
    const { published = [], broken = [] } = stored[index] ?? {};
    return [
      ...broken.map((key) => `not what its manifest says: ${key}`),
      ...(isDeepStrictEqual(published, reported)
        ? []
        : [`${metadata.name}: published ${published.join(' ')}, reported ${reported.join(' ')}`]),
    ];
  });
}

/** After the next run of a backup, which nothing disturbed. */
function faultsOfNext({ metadata, status }: PostgresBackup, history: History): readonly string[] {
  const runs = status?.runs ?? [];
  const reasons = (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
  return [
    ...(runs.length === 2 ? [] : [`${runs.length} runs instead of 2`]),
    ...(runs[0]?.outcome === 'Succeeded' ? [] : [`the next run: ${runs[0]?.message}`]),
    ...['Ready WaitingForRequest', 'LastRunSucceeded Verified']
      .filter((wanted) => !reasons.includes(wanted))
      .map((wanted) => `not ${wanted}, but ${reasons.join(', ')}`),
    ...runs
      .filter(({ runId }) => history.jobs.get(runId)?.size !== 1)
      .map(({ runId }) => `run ${runId} had ${history.jobs.get(runId)?.size} Jobs`),
  ].map((fault) => `${metadata.name}: ${fault}`);
}

async function stillHeld(stage: Stage): Promise<readonly string[]> {
  const free = async (): Promise<boolean> => (await heldThings(stage)).length === 0;
  await waitFor('nothing to be held', free, { timeoutSeconds: 30 }).catch(() => undefined);
  return (await heldThings(stage)).map((name) => `still held: ${name}`);
}
