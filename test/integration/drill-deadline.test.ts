import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';
import { exitCodes } from '../../src/task/exit-codes.ts';
import { drillSteps, drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import { reportOf } from './report-of.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys, RunOptions, WorkerPod } from './worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

const major = '17';
const deadlineSeconds = 7000;
const keepFailedSeconds = 86_400;
let server: PostgresServer;
let pod: WorkerPod;
let keys: Keys;
let programs: NonNullable<RunOptions['localServer']>;

beforeAll(async () => {
  [server, keys, programs] = await Promise.all([startServer(major), makeKeys(), localServer(major)]);
  await server.createDatabase('shop');
  await server.sql('CREATE TABLE item AS SELECT g AS id FROM generate_series(1, 1000) g', 'shop');
  pod = await makeDrillPod({ server, keys });
  runOf(await pod.run(backupTask(repositoryOn(undefined, keys), { databases: { names: ['shop'] } })));
});
afterAll(async () => {
  await Promise.all([pod?.remove(), server?.stop()]);
});

/** A clock on which the deadline is over when somebody says so. */
function withDeadline(): { clock: Clock; end: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const sleep: Clock['sleep'] = (milliseconds, signal) =>
    milliseconds === deadlineSeconds * 1000 ? promise : systemClock.sleep(milliseconds, signal);
  return { clock: { ...systemClock, sleep }, end: () => resolve(undefined) };
}

test.each(drillSteps)(
  'a drill whose deadline is over while %s leaves evidence that says so',
  async (step) => {
    const { clock, end } = withDeadline();
    const task = drillTask(repositoryOn(undefined, keys), { limits: { deadlineSeconds, retries: 0 } });
    const ending = await pod.run(task, {
      localServer: programs,
      clock,
      onStep: (name) => {
        if (name === step) end();
      },
    });
    const facts = factsOf(ending);
    expect(ending.exitCode).toBe(exitCodes.success);
    expect(facts).toMatchObject({
      verdict: 'Inconclusive',
      reason: 'DeadlineExceeded',
      message: 'the drill took longer than limits.deadlineSeconds, 7000 s',
    });
    const { verdict, checks } = await evidenceOn(pod, facts);
    expect(verdict).toBe('Inconclusive');
    expect(checks.filter(({ outcome }) => outcome === 'Failed')).toEqual([]);
    expect(await readdir(join(pod.root, 'drill'))).toEqual([]);
  },
);

test('its server is kept for a look from then on', async () => {
  const { clock, end } = withDeadline();
  const stop = new AbortController();
  const limits = { deadlineSeconds, retries: 0 };
  await rm(join(pod.root, 'termination-log'), { force: true });
  const running = pod.run(drillTask(repositoryOn(undefined, keys), { limits, keepFailedSeconds }), {
    localServer: programs,
    clock,
    signal: stop.signal,
    onStep: (name) => {
      if (name === 'checking') end();
    },
  });
  const report = await reportOf(pod);
  expect(report).toMatchObject({ kind: 'drill', drill: { reason: 'DeadlineExceeded' } });
  expect(existsSync(join(pod.root, 'socket/.s.PGSQL.5432'))).toBe(true);
  stop.abort();
  expect(await running).toMatchObject({ exitCode: 0, report });
});
