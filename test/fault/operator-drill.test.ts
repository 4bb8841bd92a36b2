import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupDrillType } from '../../src/api/v1alpha1/backup-drill.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { jobType, podType } from '../../src/kube/types.ts';
import { drillAnswer, drillFacts, drillReport } from '../builders/drill-facts.ts';
import { kstatus } from '../builders/kstatus.ts';
import {
  askJob,
  beforeSlot,
  conditionOf,
  drillJob,
  drillKey,
  leftovers,
  provenSource,
  seedAll,
  slot,
  startDrill,
  untilSlot,
} from './operator-drill-rig.ts';
import type { World } from './operator-world.ts';
import { failedReport, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld(beforeSlot);
});
afterEach(async () => {
  await world.close();
});

const backupKey = { namespace: 'shop', name: 'shop' };

describe('a drill of the schedule', () => {
  it('starts at its slot, and says in status what it proved', async () => {
    seedAll(world, { spec: { objectives: { recoveryTimeSeconds: 3600, recoveryPointSeconds: 900 } } });
    await world.wait(untilSlot - 60);
    expect(world.jobs()).toEqual([]);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
    expect(conditionOf(world, 'Verified')).toMatchObject({ status: 'Unknown', reason: 'NotProven' });
    expect(world.drill().status).toMatchObject({ source: 'shop', nextRunTime: slot });

    await world.wait(60);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True', reason: 'Running' });
    const { runId } = world.drill().status!.currentRun!;
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await world.settle();

    expect(world.drill().status).toMatchObject({
      verdict: 'Passed',
      recoveryTime: '6m52s',
      recoveryPoint: '42m55s',
      objective: 'Missed',
      lastSlotTime: slot,
      nextRunTime: '2027-01-01T03:00:00Z',
      lastRun: { runId, trigger: 'Schedule', verdict: 'Passed', rows: 345_678 },
      lastPassed: { runId, backupRunId: '20261201T021700Z-7f3a', snapshotTime: '2026-12-01T02:17:10Z' },
      history: [{ runId, evidence: { path: `_drills/shop/shop-monthly/${runId}/`, signed: true } }],
    });
    expect(world.drill().status?.currentRun).toBeUndefined();
    expect(conditionOf(world, 'LastRunSucceeded')).toMatchObject({
      status: 'True',
      reason: 'Passed',
      message:
        'run 20261201T021700Z-7f3a, restored and checked in 6m52s, 12 tables, 345,678 rows: 14 checks passed',
    });
    expect(conditionOf(world, 'Verified')).toMatchObject({ status: 'True', reason: 'Proven' });
    expect(conditionOf(world, 'ObjectivesMet')).toMatchObject({
      status: 'False',
      reason: 'RecoveryPointMissed',
      message:
        'recovery took 6m52s, promised at most 60 min; its data was 42m55s old, promised at most 15 min',
    });
    expect(kstatus(world.drill())).toBe('Current');
    expect(world.events.map(({ reason }) => reason)).toEqual(['RunLaunched', 'DrillPassed']);
    expect(leftovers(world)).toEqual([]);
  });

  it('is also told of by its backup, for as long as nothing newer is proven', async () => {
    const runId = await startDrill(world);
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await world.settle();
    const proven = {
      drill: 'shop-monthly',
      runId: '20261201T021700Z-7f3a',
      time: '2026-12-01T03:07:10Z',
      recoveryTimeSeconds: 412,
    };
    expect(world.backup().status?.lastProven).toEqual(proven);

    world.server.remove(backupDrillType, drillKey);
    await world.settle();
    expect(world.backup().status?.lastProven).toEqual(proven);
  });

  it('is no proof of its backup when it restored definitions only, and says so', async () => {
    const runId = await startDrill(world);
    const message = drillReport(runId, { content: 'SchemaOnly' });
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message });
    await world.settle();
    expect(conditionOf(world, 'Verified')).toMatchObject({
      status: 'True',
      message: expect.stringContaining('definitions only, no data'),
    });
    expect(world.backup().status).not.toHaveProperty('lastProven');
  });

  it('is no proof of a backup that was made anew under the name', async () => {
    const runId = await startDrill(world);
    const finish = async (id: string, backupUid: string | undefined): Promise<void> => {
      const message = drillReport(id, backupUid === undefined ? {} : { backupUid });
      world.server.jobs.finish(drillJob(world), { exitCode: 0, message });
      await world.settle();
    };
    await finish(runId, 'uid-of-before');
    expect(world.drill().status?.lastPassed).toMatchObject({ runId, backupUid: 'uid-of-before' });
    expect(world.backup().status).not.toHaveProperty('lastProven');

    const annotations = { 'pgcairn.dev/run-requested': 'again' };
    world.server.patch(backupDrillType, drillKey, { metadata: { annotations } });
    await world.settle();
    await finish(world.drill().status!.currentRun!.runId, world.backup().metadata.uid);
    expect(world.backup().status?.lastProven).toMatchObject({ drill: 'shop-monthly' });
  });

  it.each([
    [{ recoveryTimeSeconds: 3600, recoveryPointSeconds: 900 }, 'True', 'WithinObjectives', 'Met'],
    [{ recoveryPointSeconds: 900 }, 'Unknown', 'NoObjective', undefined],
  ])(
    'misses no recovery point by a run that is old by choice: %j',
    async (objectives, status, reason, word) => {
      const source = { backupRef: { name: 'shop' }, pick: 'Oldest' };
      const runId = await startDrill(world, { spec: { source, objectives } });
      world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
      await world.settle();
      expect(conditionOf(world, 'ObjectivesMet')).toMatchObject({ status, reason });
      expect(world.drill().status?.objective).toBe(word);
    },
  );

  it('takes no Lease of a server, and never runs twice at once', async () => {
    const runId = await startDrill(world);
    expect(world.leases()).toEqual([]);
    const annotations = { 'pgcairn.dev/run-requested': 'now' };
    world.server.patch(backupDrillType, drillKey, { metadata: { annotations } });
    await world.wait(300);
    expect(world.jobs('drill')).toHaveLength(1);

    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await world.settle();
    expect(world.drill().status?.currentRun).toMatchObject({ trigger: 'Request' });
    expect(world.jobs('drill')).toHaveLength(2);
  });

  it('writes nothing more at any stage once it has settled', async () => {
    const restless: string[] = [];
    const settledTwice = async (stage: string): Promise<void> => {
      await world.settle();
      const before = world.server.log.writes().length;
      await world.settle();
      if (world.server.log.writes().length !== before) restless.push(stage);
    };
    seedAll(world, { spec: { objectives: { recoveryTimeSeconds: 60 } } });
    await settledTwice('scheduled');
    await world.wait(untilSlot);
    await settledTwice('running');
    const { runId } = world.drill().status!.currentRun!;
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await settledTwice('ended');
    await world.wait(3600);
    await settledTwice('an hour later');
    expect(restless).toEqual([]);
  });

  it('shows how far the worker is', async () => {
    const runId = await startDrill(world);
    world.progress = { runId, step: 'loading shop', bytes: 4096, objects: 1 };
    await world.wait(60);
    expect(world.drill().status?.currentRun?.progress).toMatchObject({ step: 'loading shop', bytes: 4096 });
  });
});

describe('what a drill came to', () => {
  it.each([
    {
      what: 'a check that failed',
      facts: { verdict: 'Failed', reason: 'Rows', message: 'Rows failed: public.orders has 3 rows of 4' },
      last: { status: 'False', reason: 'Failed' },
      verified: { status: 'False', reason: 'ProofFailed' },
      event: 'DrillFailed',
    },
    {
      what: 'a control that was not caught',
      facts: { verdict: 'Inconclusive', reason: 'ControlNotCaught', message: 'm' },
      last: { status: 'Unknown', reason: 'ControlNotCaught' },
      verified: { status: 'Unknown', reason: 'NotProven' },
      event: 'DrillInconclusive',
    },
    {
      what: 'a check that could not be decided',
      facts: { verdict: 'Inconclusive', reason: 'Application', message: 'm' },
      last: { status: 'Unknown', reason: 'Undecided' },
      verified: { status: 'Unknown', reason: 'NotProven' },
      event: 'DrillInconclusive',
    },
    {
      what: 'a server that does not fit',
      facts: { verdict: 'Inconclusive', reason: 'DrillServerUnfit', message: 'm' },
      last: { status: 'Unknown', reason: 'DrillServerUnfit' },
      verified: { status: 'Unknown', reason: 'NotProven' },
      event: 'DrillInconclusive',
    },
  ] as const)('$what is told apart from all else', async ({ facts, last, verified, event }) => {
    const runId = await startDrill(world);
    const message = drillReport(runId, facts);
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message });
    await world.settle();
    expect(world.drill().status).toMatchObject({ verdict: facts.verdict, lastRun: { reason: facts.reason } });
    expect(world.drill().status?.lastPassed).toBeUndefined();
    expect(conditionOf(world, 'LastRunSucceeded')).toMatchObject(last);
    expect(conditionOf(world, 'Verified')).toMatchObject(verified);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True', reason: 'Scheduled' });
    expect(world.events.at(-1)).toMatchObject({ type: 'Warning', reason: event });
    expect(world.backup().status?.lastProven).toBeUndefined();
    expect(leftovers(world)).toEqual([]);
  });

  it('leaves what was proven before alone when it could not tell', async () => {
    const first = await startDrill(world);
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(first) });
    await world.settle();
    world.server.patch(backupDrillType, drillKey, {
      metadata: { annotations: { 'pgcairn.dev/run-requested': 'again' } },
    });
    await world.settle();
    const message = failedReport('DrillServerFailed', 'the server went away');
    world.server.jobs.finish(drillJob(world), { exitCode: 64, message });
    await world.settle();
    expect(conditionOf(world, 'LastRunSucceeded')).toMatchObject({
      status: 'Unknown',
      reason: 'DrillServerFailed',
    });
    expect(conditionOf(world, 'Verified')).toMatchObject({ status: 'True', reason: 'Proven' });
    expect(world.drill().status).toMatchObject({ verdict: 'Inconclusive', lastPassed: { runId: first } });
    expect(world.drill().status).not.toHaveProperty('recoveryTime');
  });

  it('keeps twelve drills', async () => {
    await startDrill(world);
    for (let count = 0; count < 14; count += 1) {
      const { runId } = world.drill().status!.currentRun!;
      world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
      const annotations = { 'pgcairn.dev/run-requested': String(count) };
      world.server.patch(backupDrillType, drillKey, { metadata: { annotations } });
      await world.settle();
    }
    expect(world.drill().status?.history).toHaveLength(12);
  });
});

describe('a drill without a readable report', () => {
  const cases: readonly { name: string; end: () => void }[] = [
    { name: 'that is not JSON', end: () => world.server.jobs.finish(drillJob(world), { exitCode: 0 }) },
    {
      name: 'about another run',
      end: () => world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport('another') }),
    },
    {
      name: 'of a pass by a worker that ended badly',
      end: () => {
        const { runId } = world.drill().status!.currentRun!;
        world.server.jobs.finish(drillJob(world), { exitCode: 64, message: drillReport(runId) });
      },
    },
    {
      name: 'that may have left evidence before it failed',
      end: () => {
        const message = JSON.stringify({
          ...(JSON.parse(failedReport('StoreUnreachable', 'm')) as object),
          mayBePublished: true,
        });
        world.server.jobs.finish(drillJob(world), { exitCode: 64, message });
      },
    },
    {
      name: 'because its Job and pods were removed',
      end: () => {
        world.server.remove(jobType, drillJob(world));
      },
    },
  ];

  it.each(cases)('$name passed when the store holds the evidence of it', async ({ end }) => {
    const runId = await startDrill(world);
    end();
    await world.settle();
    await world.wait(60);
    expect(world.drill().status?.currentRun?.stage).toBe('Inspecting');
    expect(world.drill().status?.verdict).toBeUndefined();
    world.server.jobs.finish(askJob(world), { exitCode: 0, message: drillAnswer(drillFacts(runId)) });
    await world.settle();
    expect(world.drill().status).toMatchObject({ verdict: 'Passed', lastRun: { runId } });
    expect(conditionOf(world, 'LastRunSucceeded')?.message).toContain('its evidence was read from the store');
    expect(leftovers(world)).toEqual([]);
  });

  it.each(cases)('$name is inconclusive when the store holds none', async ({ end }) => {
    const runId = await startDrill(world);
    end();
    await world.settle();
    await world.wait(60);
    world.server.jobs.finish(askJob(world), { exitCode: 0, message: drillAnswer() });
    await world.settle();
    expect(world.drill().status).toMatchObject({ verdict: 'Inconclusive', lastRun: { runId } });
    expect(world.drill().status?.lastPassed).toBeUndefined();
    expect(conditionOf(world, 'Verified')).toMatchObject({ reason: 'NotProven' });
    expect(leftovers(world)).toEqual([]);
  });

  it('is inconclusive when the store cannot be asked, or tells of another run', async () => {
    for (const [index, answer] of [
      { exitCode: 64, message: failedReport('StoreCredentialsRefused', 'the key is not known') },
      { exitCode: 0, message: drillAnswer(drillFacts('another')) },
    ].entries()) {
      if (index === 0) await startDrill(world);
      world.server.jobs.finish(drillJob(world), { exitCode: 0 });
      await world.settle();
      world.server.jobs.finish(askJob(world), answer);
      await world.settle();
      expect(world.drill().status).toMatchObject({
        verdict: 'Inconclusive',
        lastRun: { reason: 'ReportMissing' },
      });
      const annotations = { 'pgcairn.dev/run-requested': String(index) };
      world.server.patch(backupDrillType, drillKey, { metadata: { annotations } });
      await world.settle();
    }
  });

  it('has evidence that does not hold when the store says so, which is no outage', async () => {
    await startDrill(world);
    world.server.jobs.finish(drillJob(world), { exitCode: 0 });
    await world.settle();
    const fault = 'the evidence in _drills/shop of s3://acme does not hold: its digest is another';
    world.server.jobs.finish(askJob(world), {
      exitCode: 64,
      message: failedReport('EvidenceInvalid', fault),
    });
    await world.settle();
    expect(world.drill().status).toMatchObject({
      verdict: 'Inconclusive',
      lastRun: { reason: 'EvidenceInvalid', message: expect.stringContaining(fault) },
    });
    const { message } = conditionOf(world, 'LastRunSucceeded')!;
    expect(message).toContain('look at the evidence with');
    expect(message).not.toContain('could not be asked');
    expect(leftovers(world)).toEqual([]);
  });

  it('names the end of its worker, and its own volume when that was too small', async () => {
    await startDrill(world, { spec: { limits: { retries: 0 } } });
    const pod = world.server.jobs.podOf(drillJob(world))!;
    world.server.jobs.finish(drillJob(world), { exitCode: 137, reason: 'Error' });
    const message = 'Usage of EmptyDir volume "drill" exceeds the limit "2048Mi". ';
    const podKey = { namespace: 'shop', name: pod.metadata.name };
    world.server.patch(podType, podKey, { status: { reason: 'Evicted', message } }, 'status');
    await world.settle();
    world.server.jobs.finish(askJob(world), { exitCode: 0, message: drillAnswer() });
    await world.settle();
    expect(conditionOf(world, 'LastRunSucceeded')).toMatchObject({
      status: 'Unknown',
      reason: 'DrillVolumeTooSmall',
      message: expect.stringMatching(/2048Mi.*server\.volume\.size/) as string,
    });
  });
});

describe('a drill without a schedule', () => {
  it('waits for the first verified run of its backup, runs once, and then on request', async () => {
    world.seedRepository();
    world.seedBackup({ spec: { suspend: true } });
    world.seedDrill({ spec: { schedule: undefined } });
    await world.wait(3600);
    expect(world.jobs()).toEqual([]);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'False', reason: 'NoVerifiedBackup' });
    expect(conditionOf(world, 'Reconciling')).toMatchObject({ reason: 'WaitingForSource' });

    world.server.patch(postgresBackupType, backupKey, { status: provenSource }, 'status');
    await world.settle();
    const { runId } = world.drill().status!.currentRun!;
    expect(world.drill().status?.currentRun).toMatchObject({ trigger: 'Once', stage: 'Running' });
    expect(conditionOf(world, 'Reconciling')).toMatchObject({ reason: 'FirstRun' });
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await world.wait(7200);
    expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True', reason: 'WaitingForRequest' });
    expect(kstatus(world.drill())).toBe('Current');
    expect(world.drill().status?.history).toHaveLength(1);
  });
});
