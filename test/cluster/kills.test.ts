import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from './harness/kubectl.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { killOperators, killWorkers, withoutOperators, withoutServer } from './kills/kill.ts';
import type { Parked } from './kills/round.ts';
import { backups, cleanNodes, park, release, settled } from './kills/round.ts';
import { faultsAfter, faultsAfterNext } from './kills/sound.ts';
import type { Stage } from './kills/stage.ts';
import { namespace, openStage } from './kills/stage.ts';
import type { History } from './kills/watch.ts';
import { watchHistory } from './kills/watch.ts';

let stage: Stage;
let history: History;

beforeAll(async () => {
  stage = await openStage();
  history = watchHistory(stage.cluster, namespace);
}, 15 * 60_000);

afterAll(async () => {
  await cleanNodes(stage);
  await history[Symbol.asyncDispose]();
  await stage.gate[Symbol.asyncDispose]();
  await stage.shop.remove();
});

keepWhatFailed(namespace, 'pgcairn-system');

/** What conditions of a backup said of this run at any time, as `reason: message`. */
function said({ name, runId }: Parked): readonly string[] {
  const conditions = (history.statuses.get(name) ?? [])
    .filter(({ currentRun, runs }) => (currentRun ?? runs?.[0])?.runId === runId)
    .flatMap(({ currentRun, conditions: all = [] }) =>
      // While a run is under way this one tells of the run before it.
      currentRun ? all.filter(({ type }) => type !== 'LastRunSucceeded') : all,
    );
  return [...new Set(conditions.map(({ reason, message }) => `${reason}: ${message}`))];
}

/** Waits until conditions of each of these have said such words; those that have not, with what they said. */
async function silent(
  parked: readonly Parked[],
  words: RegExp,
): Promise<readonly (readonly [string, readonly string[]])[]> {
  const mute = (): readonly Parked[] => parked.filter((one) => !said(one).some((line) => words.test(line)));
  await waitFor('conditions to tell', () => Promise.resolve(mute().length === 0), {
    timeoutSeconds: 120,
  }).catch(() => undefined);
  return mute().map((one) => [one.name, said(one)]);
}

// Each round is the next run of the backups of the one before it, and has to sweep what that left.
describe('killed at ten moments of a run', () => {
  it('the worker pod: conditions say so, and the run is done again within its Job', async () => {
    const { runs, parked } = await park(stage);
    const stopped = await killWorkers(stage, parked);
    await release(stage);
    await settled(stage, runs);
    const started = stopped.filter(({ moment }) => moment.at !== undefined);
    const words = /^Interrupted: .*(it was killed; the run is tried again|a try failed and is repeated)/;
    expect(await silent(started, words)).toEqual([]);
    expect(await faultsAfter(stage, history, runs)).toEqual([]);
  });

  it('PostgreSQL: runs that still need it say so and are done again, the others end well', async () => {
    const { runs, parked } = await park(stage);
    const needy = parked.filter(({ moment }) => moment.needsPostgres);
    const words = /^(CannotConnect: .*shop-db:5432|ConnectionLost: .*database kills|DumpFailed: )/;
    const others = parked.filter(({ moment }) => !moment.needsPostgres);
    await withoutServer(stage, { workload: 'statefulset/shop-db', app: 'shop-db' }, async () => {
      await release(stage);
      expect(await silent(needy, words)).toEqual([]);
      expect(await silent(others, /^Verified: /)).toEqual([]);
    });
    expect(await faultsAfter(stage, history, runs)).toEqual([]);
  });

  it('the S3 server: tries that fail say so, and every run is done again or outlasts it', async () => {
    const { runs, parked } = await park(stage);
    const before = await failedTries(parked);
    const words = /^(StoreUnreachable|StoreFailed): .*gate:7070/;
    await withoutServer(stage, { workload: 'deployment/s3', app: 's3' }, async () => {
      await release(stage);
      // Workers are patient with a store, some for minutes: one that gave up is enough to know that it was away.
      await waitFor(
        'a run to tell',
        () => Promise.resolve(parked.some((one) => said(one).some((line) => words.test(line)))),
        { timeoutSeconds: 180 },
      );
    });
    expect(await faultsAfter(stage, history, runs)).toEqual([]);
    const after = await failedTries(parked);
    const stricken = parked.filter(({ name }) => (after.get(name) ?? 0) > (before.get(name) ?? 0));
    expect(await silent(stricken, words)).toEqual([]);
  });

  it('the operator pods: the runs go on without them and are reported by the next', async () => {
    const { runs, parked } = await park(stage);
    await killOperators(stage);
    await withoutOperators(stage, async () => {
      await release(stage);
      await waitFor('every Job to be over', () => jobsAreOver(parked), { timeoutSeconds: 120 });
      const reported = (await backups(stage)).flatMap(({ status }) => status?.runs ?? []);
      expect(reported.filter(({ runId }) => parked.some((one) => one.runId === runId))).toEqual([]);
    });
    const after = await settled(stage, runs);
    expect(after.map(({ status }) => status?.runs?.[0]?.runId)).toEqual(parked.map(({ runId }) => runId));
    expect(await faultsAfter(stage, history, runs)).toEqual([]);
  });

  it('the run after them leaves nothing of theirs', async () => {
    expect(await faultsAfterNext(stage, history)).toEqual([]);
  });
});

interface Job {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly failed?: number; readonly succeeded?: number };
}

async function jobsOf(parked: readonly Parked[]): Promise<readonly (readonly [Parked, Job | undefined])[]> {
  const jobs = await stage.kubectl.list<Job>('jobs', namespace);
  return parked.map((one) => [one, jobs.find(({ metadata }) => metadata.name === one.jobName)]);
}

/** How many tries of each run have failed, by the name of its backup. */
async function failedTries(parked: readonly Parked[]): Promise<ReadonlyMap<string, number>> {
  return new Map((await jobsOf(parked)).map(([{ name }, job]) => [name, job?.status?.failed ?? 0]));
}

async function jobsAreOver(parked: readonly Parked[]): Promise<boolean> {
  return (await jobsOf(parked)).every(([, job]) => job?.status?.succeeded === 1);
}
