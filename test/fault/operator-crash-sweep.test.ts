import { afterEach, describe, expect, it } from 'vitest';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { jobType } from '../../src/kube/types.ts';
import { drillAnswer, drillFacts, drillReport } from '../builders/drill-facts.ts';
import { askJob, beforeSlot, drillJob, seedAll, untilSlot } from './operator-drill-rig.ts';
import type { World } from './operator-world.ts';
import { goodReport, startWorld } from './operator-world.ts';

let world: World | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** Names that hold a random UID's hash, made equal. */
function withoutHashes(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll(/-[0-9a-f]{10}(-[ip])?"/g, '-HASH$1"')
      .replaceAll(/(\d{8}T\d{6}Z)-[0-9a-f]{4}/g, '$1-HASH'),
  );
}

interface End {
  readonly status: unknown;
  readonly jobs: unknown;
  readonly holders: unknown;
  readonly finalizers: unknown;
}

/** One scheduled run from its slot to its end, with an operator that dies after so many writes. */
async function runOnce(crashAfter: number): Promise<{ end: End; writes: number }> {
  world = await startWorld();
  const { server } = world;
  world.seedRepository();
  world.seedBackup();
  let operator = await world.settle(world.operator(crashAfter));
  const first = operator;
  operator = await world.wait(17 * 60, operator);
  const { runId } = world.backup().status!.currentRun!;
  server.jobs.finish(world.runJob(), { exitCode: 0, message: goodReport(runId) });
  await world.settle();
  const writes = first.writes;
  return {
    writes,
    end: withoutHashes({
      status: world.backup().status,
      jobs: world
        .jobs()
        .map(({ metadata }) => ({ name: metadata.name, finalizers: metadata.finalizers ?? [] })),
      holders: world.leases().map(({ spec }) => spec?.holderIdentity ?? 'nobody'),
      finalizers: world.backup().metadata.finalizers ?? [],
    }) as End,
  };
}

const probeReport = JSON.stringify({
  version: 1,
  kind: 'probe',
  location: 'x',
  capabilities: { multipart: true, conditionalWrite: true, versioning: false, objectLock: false },
  latencyMilliseconds: { write: 1, read: 1, list: 1, delete: 1 },
  probedBytes: 8_388_608,
  warnings: [],
});

/** One probe of a new repository, with an operator that dies after so many writes. */
async function probeOnce(crashAfter: number): Promise<{ end: unknown; writes: number }> {
  world = await startWorld();
  world.seedRepository({}, false);
  const first = world.operator(crashAfter);
  await world.settle(first);
  const { jobName } = world.repository().status!.currentProbe!;
  world.server.jobs.finish({ namespace: 'shop', name: jobName }, { exitCode: 0, message: probeReport });
  await world.settle();
  const end = withoutHashes({
    status: world.repository().status,
    jobs: world.jobs().map(({ metadata }) => ({
      name: metadata.name,
      finalizers: metadata.finalizers ?? [],
    })),
  });
  return { end, writes: first.writes };
}

/** A run whose worker left no report, asked about in the store, with an operator that dies after so many writes. */
async function inspectOnce(crashAfter: number): Promise<{ end: unknown; writes: number }> {
  world = await startWorld();
  world.seedRepository();
  world.seedBackup({ spec: { schedule: undefined } });
  const first = world.operator(crashAfter);
  await world.settle(first);
  const { jobName } = world.backup().status!.currentRun!;
  world.server.jobs.finish({ namespace: 'shop', name: jobName }, { exitCode: 0 });
  await world.settle();
  const message = JSON.stringify({ version: 1, kind: 'inspect' });
  world.server.jobs.finish({ namespace: 'shop', name: `${jobName}-i` }, { exitCode: 0, message });
  await world.settle();
  const end = withoutHashes({
    status: world.backup().status,
    jobs: world
      .jobs()
      .map(({ metadata }) => ({ name: metadata.name, finalizers: metadata.finalizers ?? [] })),
    holders: world.leases().map(({ spec }) => spec?.holderIdentity ?? 'nobody'),
  });
  return { end, writes: first.writes };
}

/** The removal of a backup that takes its runs along, with an operator that dies after so many writes. */
async function removeOnce(crashAfter: number): Promise<{ end: unknown; writes: number }> {
  world = await startWorld();
  world.seedRepository();
  world.seedBackup({ spec: { schedule: undefined, deletionPolicy: 'Delete' } });
  const first = world.operator(crashAfter);
  await world.settle(first);
  world.server.remove(postgresBackupType, { namespace: 'shop', name: 'shop' });
  await world.settle();
  const [prune] = world.jobs('prune');
  const message = JSON.stringify({ version: 1, kind: 'prune', removedRuns: 0, removedBytes: 0 });
  const pruneKey = { namespace: 'shop', name: prune!.metadata.name };
  world.server.jobs.finish(pruneKey, { exitCode: 0, message });
  await world.settle();
  const end = {
    backups: world.server.list(postgresBackupType).length,
    jobs: world.jobs().map(({ metadata }) => metadata.name),
    holders: world.leases().map(({ spec }) => spec?.holderIdentity ?? 'nobody'),
  };
  return { end, writes: first.writes };
}

/** A drill, with an operator that dies after so many writes. */
async function drillOnce(
  crashAfter: number,
  end: (runId: string) => Promise<void>,
): Promise<{ end: unknown; writes: number }> {
  world = await startWorld(beforeSlot);
  seedAll(world);
  const first = world.operator(crashAfter);
  await world.settle(first);
  await world.wait(untilSlot);
  await end(world.drill().status!.currentRun!.runId);
  return {
    writes: first.writes,
    end: withoutHashes({
      drill: world.drill().status,
      proven: world.backup().status?.lastProven,
      jobs: world
        .jobs()
        .map(({ metadata }) => ({ name: metadata.name, finalizers: metadata.finalizers ?? [] })),
      leases: world.leases().length,
    }),
  };
}

async function passedDrill(crashAfter: number): Promise<{ end: unknown; writes: number }> {
  return await drillOnce(crashAfter, async (runId) => {
    world!.server.jobs.finish(drillJob(world!), { exitCode: 0, message: drillReport(runId) });
    await world!.settle();
  });
}

async function askedDrill(crashAfter: number): Promise<{ end: unknown; writes: number }> {
  return await drillOnce(crashAfter, async (runId) => {
    world!.server.jobs.finish(drillJob(world!), { exitCode: 0 });
    await world!.settle();
    const message = drillAnswer(drillFacts(runId));
    world!.server.jobs.finish(askJob(world!), { exitCode: 0, message });
    await world!.settle();
  });
}

describe.each([
  { name: 'one probe', once: probeOnce, jobs: 1, atLeast: 4 },
  { name: 'one run that the store has to tell about', once: inspectOnce, jobs: 2, atLeast: 12 },
  { name: 'one removal with its runs', once: removeOnce, jobs: 2, atLeast: 10 },
  { name: 'one drill', once: passedDrill, jobs: 1, atLeast: 8 },
  { name: 'one drill that the store has to tell about', once: askedDrill, jobs: 2, atLeast: 12 },
])('$name', ({ once, jobs, atLeast }) => {
  it('ends the same after a crash behind any write, with each Job made once', async () => {
    const reference = await once(Number.POSITIVE_INFINITY);
    await world!.close();
    expect(reference.writes).toBeGreaterThanOrEqual(atLeast);
    for (let crashAfter = 1; crashAfter <= reference.writes; crashAfter += 1) {
      const { end } = await once(crashAfter);
      const history = [...world!.server.log.history(jobType).values()];
      await world!.close();
      expect(end, `crash after write ${String(crashAfter)}`).toEqual(reference.end);
      expect(history.map(({ created }) => created)).toEqual(Array.from({ length: jobs }, () => 1));
    }
  });
});

describe('one backup run', () => {
  it('ends the same after a crash behind any write, with one Job and no Lease left', async () => {
    const reference = await runOnce(Number.POSITIVE_INFINITY);
    await world!.close();
    expect(reference.end.jobs).toEqual([{ name: 'shop-HASH', finalizers: [] }]);
    expect(reference.end.holders).toEqual([]);
    expect(reference.end.status).toMatchObject({
      runs: [{ outcome: 'Succeeded', trigger: 'Schedule', slotTime: '2026-11-20T02:17:00Z' }],
    });
    expect(reference.writes).toBeGreaterThan(8);

    for (let crashAfter = 1; crashAfter <= reference.writes; crashAfter += 1) {
      const { end } = await runOnce(crashAfter);
      const history = [...world!.server.log.history(jobType).values()];
      await world!.close();
      expect(end, `crash after write ${String(crashAfter)}`).toEqual(reference.end);
      expect(history.map(({ created }) => created)).toEqual([1]);
    }
  });
});
