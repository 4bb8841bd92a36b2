import { describe, expect, it } from 'vitest';
import { backupRepositorySpec } from '../../../test/builders/backup-repository.ts';
import type { PostgresBackupParts } from '../../../test/builders/postgres-backup.ts';
import { postgresBackup, postgresBackupSpec } from '../../../test/builders/postgres-backup.ts';
import { someSettings } from '../../../test/builders/settings.ts';
import { job, jobCondition, pod, terminated } from '../../../test/builders/workload.ts';
import type { CurrentRun, PostgresBackupStatus } from '../../api/v1alpha1/postgres-backup.ts';
import type { Job, Lease } from '../../kube/types.ts';
import type { SeenChild, SeenLease } from '../run/seen.ts';
import { decide } from './decide.ts';
import type { SeenPresent } from './seen.ts';

const now = new Date('2026-11-20T02:20:00Z');
const run: CurrentRun = {
  runId: '20261120T021700Z-7f3a',
  trigger: 'Schedule',
  slotTime: '2026-11-20T02:17:00Z',
  jobName: 'shop-0123456789',
  stage: 'Launching',
  startTime: '2026-11-20T02:17:00Z',
};
const held = ['pgcairn.dev/result'];

function seenWith(
  parts: PostgresBackupParts & { readonly current?: SeenChild; readonly others?: SeenPresent['others'] },
): SeenPresent {
  const backup = postgresBackup(parts);
  return {
    state: 'present',
    settings: someSettings,
    owner: backup,
    spec: { state: 'valid', spec: postgresBackupSpec(parts.spec) },
    repository: { state: 'ready', name: 'offsite', spec: backupRepositorySpec() },
    current: parts.current ?? { state: 'none' },
    inspect: { state: 'none' },
    others: parts.others ?? [],
    orphans: [],
    drills: [],
    namespaceGoes: false,
  };
}
function running(stage: CurrentRun['stage']): PostgresBackupStatus {
  return { observedGeneration: 1, lastSlotTime: run.slotTime, currentRun: { ...run, stage } };
}
function runJob(parts: Parameters<typeof job>[0] = {}): Job {
  const metadata = { name: run.jobName, resourceVersion: '7', finalizers: held, ...parts.metadata };
  return job({ owner: postgresBackup(), ...parts, metadata });
}
function ours(given: Job, lease: SeenLease = { state: 'absent', name: 'lease' }): SeenChild {
  return { state: 'ours', job: given, pods: [], lease };
}
function heldBy(uid: string | undefined): SeenLease {
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'lease', namespace: 'pgcairn-system', resourceVersion: '3' },
    spec: { ...(uid !== undefined && { holderIdentity: uid }) },
  };
  return { state: 'present', lease };
}
const suspended = runJob({ spec: { suspend: true } });
/** What is done, in a word each. */
function deeds(seen: SeenPresent, at = now): readonly string[] {
  return decide(seen, at).actions.map((action) => `${action.do} ${action.type.kind}`);
}

describe('a Job that failed after several tries', () => {
  const failed = (mayBePublished: boolean): string =>
    JSON.stringify({ version: 1, kind: 'failed', reason: 'StoreFailed', message: 'm', mayBePublished });
  it.each([
    { what: 'is concluded when every try says that nothing was published', first: failed(false) },
    {
      what: 'is for the store to tell when an earlier try may have published',
      first: failed(true),
      asks: true,
    },
    { what: 'is for the store to tell when an earlier try left no word', first: undefined, asks: true },
  ])('$what', ({ first, asks }) => {
    const over = runJob({ status: { conditions: [jobCondition('Failed')] } });
    const tries = [first, failed(false)].map((message, index) =>
      pod({
        metadata: { name: `p${String(index)}` },
        status: { containerStatuses: [terminated(1, message)] },
      }),
    );
    const current: SeenChild = {
      state: 'ours',
      job: over,
      pods: tries.toReversed(),
      lease: heldBy(undefined),
    };
    const { status } = decide(seenWith({ status: running('Running'), current }), now);
    expect(status?.currentRun?.stage).toBe(asks ? 'Inspecting' : undefined);
    expect(status?.runs?.[0]?.reason).toBe(asks ? undefined : 'StoreFailed');
  });
});

describe('a Job that the API server does not take', () => {
  const once = { ...run, trigger: 'Request', startTime: '2026-11-20T00:00:00Z' } as const;
  const refused = { type: 'Reconciling', status: 'True', reason: 'JobRefused', message: 'm' } as const;
  const before = { observedGeneration: 1, lastRequest: 'x', currentRun: once };
  const current: SeenChild = { state: 'absent', pods: [] };

  it('is told of in the conditions, and tried again', () => {
    const seen = seenWith({ status: before, current });
    const { status } = decide(seen, now);
    expect(status?.conditions).toContainEqual(expect.objectContaining({ reason: 'JobRefused' }));
    expect(deeds(seen)).toContain('create Job');
  });

  it('fails a run on request when its deadline to start has passed', () => {
    const conditions = [{ ...refused, lastTransitionTime: once.startTime }];
    const { status } = decide(seenWith({ status: { ...before, conditions }, current }), now);
    expect(status?.currentRun).toBeUndefined();
    expect(status?.runs).toMatchObject([{ outcome: 'Failed', reason: 'JobRefused' }]);
  });
});

describe('the server of a Job that is gone', () => {
  const current = (holderPods: readonly ReturnType<typeof pod>[]): SeenChild =>
    ours(suspended, { ...heldBy(undefined), holderPods } as SeenLease);
  const leaving = (deletionTimestamp: string) => pod({ metadata: { deletionTimestamp } });
  it.each([
    { what: 'is kept while a pod of it may work', pods: [leaving('2026-11-20T02:19:30Z')], taken: false },
    { what: 'is free once its pods are over', pods: [pod({ status: { phase: 'Failed' } })], taken: true },
    { what: 'is free when its node is lost', pods: [leaving('2026-11-20T02:00:00Z')], taken: true },
  ])('$what', ({ pods, taken }) => {
    const seen = seenWith({ status: running('Waiting'), current: current(pods) });
    expect(deeds(seen).includes('replace Lease')).toBe(taken);
  });
});

describe('a spec that is invalid', () => {
  const spec = { objectives: { recoveryPointSeconds: 3600 } };
  const lastSuccess = {
    runId: 'r',
    snapshotTime: '2026-11-20T02:00:00Z',
    storedBytes: 1,
    verifiedTo: 'Inventoried',
  } as const;

  it('does not stop the promise from ageing', () => {
    const status = { observedGeneration: 1, lastSuccess };
    const seen = { ...seenWith({ spec, status }), spec: { state: 'invalid', fault: 'f' } } as const;
    const met = (at: Date) =>
      decide(seen, at).status?.conditions?.find(({ type }) => type === 'ObjectivesMet')?.status;
    const { wakeAfterSeconds = 0 } = decide(seen, now);
    expect(met(now)).toBe('True');
    expect(met(new Date(now.getTime() + wakeAfterSeconds * 1000))).toBe('False');
  });

  it('does not keep a run that ends from being recorded', () => {
    const message = JSON.stringify({ version: 1, kind: 'failed', reason: 'StoreFull', message: 'm' });
    const over = runJob({ status: { conditions: [jobCondition('Failed')] } });
    const pods = [pod({ status: { containerStatuses: [terminated(64, message)] } })];
    const current: SeenChild = { state: 'ours', job: over, pods, lease: heldBy(undefined) };
    const given = seenWith({ status: running('Running'), current });
    const { status } = decide({ ...given, spec: { state: 'invalid', fault: 'f' } }, now);
    expect(status?.currentRun).toBeUndefined();
    expect(status?.runs).toMatchObject([{ reason: 'StoreFull' }]);
  });
});

describe('a slot that is due', () => {
  it('is in status before anything is made, and marked on the object before its Job is', () => {
    const seen = seenWith({ status: { observedGeneration: 1, nextRunTime: run.slotTime } });
    const { status } = decide(seen, now);
    expect(status).toMatchObject({
      lastSlotTime: '2026-11-20T02:17:00Z',
      currentRun: { stage: 'Launching', slotTime: '2026-11-20T02:17:00Z', trigger: 'Schedule' },
      nextRunTime: '2026-11-21T02:17:00Z',
    });
    expect(deeds(seen)).toEqual(['patch PostgresBackup', 'apply NetworkPolicy', 'create Job']);
  });

  it('gives the same Job whenever it is met again', () => {
    const seen = seenWith({ status: { observedGeneration: 1, nextRunTime: run.slotTime } });
    const later = new Date(now.getTime() + 60_000);
    const { status, actions } = decide(seen, now);
    expect(decide(seen, later).actions).toEqual(actions);
    expect(decide(seen, later).status?.currentRun?.runId).toBe(status?.currentRun?.runId);
  });

  it('is not launched at or below the mark that only the object carries', () => {
    const annotations = { 'pgcairn.dev/last-slot': '2026-11-20T02:17:00Z' };
    expect(deeds(seenWith({ metadata: { annotations } }))).toEqual([]);
  });

  it('starts after its jitter, not before', () => {
    const spec = { jitterSeconds: 3600 };
    const seen = seenWith({ spec, status: { observedGeneration: 1 }, metadata: { uid: 'some-uid' } });
    const planned = decide(seen, new Date('2026-11-20T02:00:00Z')).status?.nextRunTime ?? '';
    const jitter = (Date.parse(planned) - Date.parse('2026-11-20T02:17:00Z')) / 1000;
    expect(jitter).toBeGreaterThan(0);
    expect(jitter).toBeLessThanOrEqual(3600);
    const promised = seenWith({
      spec,
      status: { observedGeneration: 1, nextRunTime: planned },
      metadata: { uid: 'some-uid' },
    });
    expect(deeds(promised, new Date(Date.parse(planned) - 1000))).toEqual([]);
    expect(deeds(promised, new Date(planned))).toContain('create Job');
    expect(decide(promised, new Date(planned)).status?.currentRun?.slotTime).toBe('2026-11-20T02:17:00Z');
  });

  it('is owed though the status that promised it was lost', () => {
    expect(decide(seenWith({}), now).status?.currentRun?.slotTime).toBe('2026-11-20T02:17:00Z');
  });

  it('wakes the operator when it comes, and not before', () => {
    const at = new Date('2026-11-20T02:00:00.400Z');
    const { wakeAfterSeconds } = decide(seenWith({ status: { observedGeneration: 1 } }), at);
    expect(wakeAfterSeconds).toBe(1020);
  });
});

describe('an objective', () => {
  it('wakes the operator at the moment when it would be broken', () => {
    const lastSuccess = {
      runId: 'r',
      snapshotTime: '2026-11-20T02:00:00Z',
      storedBytes: 1,
      verifiedTo: 'Stored',
    } as const;
    const status = { observedGeneration: 1, lastSlotTime: run.slotTime, lastSuccess };
    const spec = { objectives: { recoveryPointSeconds: 3600 } };
    expect(decide(seenWith({ spec, status }), now).wakeAfterSeconds).toBe(40 * 60 + 1);
  });
});

describe('a Job that waits for its server', () => {
  it.each([
    { what: 'nobody has', lease: { state: 'absent', name: 'lease' } as const, deed: 'create Lease' },
    { what: 'was given back', lease: heldBy(undefined), deed: 'replace Lease' },
    { what: 'a Job that is gone had', lease: heldBy('gone'), deed: 'replace Lease' },
  ])('takes a Lease that $what, and does not start before it has read it back', ({ lease, deed }) => {
    const seen = seenWith({ status: running('Launching'), current: ours(suspended, lease) });
    expect(deeds(seen)).toEqual([deed]);
    expect(decide(seen, now).status?.currentRun?.stage).toBe('Waiting');
    expect(decide(seen, now).wakeAfterSeconds).toBe(0);
  });

  it('takes over only the Lease that was read: its version is the precondition', () => {
    const seen = seenWith({ status: running('Waiting'), current: ours(suspended, heldBy('gone')) });
    expect(decide(seen, now).actions).toMatchObject([
      { object: { metadata: { resourceVersion: '3' }, spec: { holderIdentity: suspended.metadata.uid } } },
    ]);
  });

  it('starts once the Lease is its own, fenced by its version', () => {
    const lease = heldBy(suspended.metadata.uid);
    const { status, actions } = decide(
      seenWith({ status: running('Waiting'), current: ours(suspended, lease) }),
      now,
    );
    expect(status?.currentRun?.stage).toBe('Running');
    expect(actions).toMatchObject([
      { do: 'patch', uid: suspended.metadata.uid, resourceVersion: '7', patch: { spec: { suspend: false } } },
    ]);
  });

  it('never goes back from Running, however old the view of it is', () => {
    const seen = seenWith({ status: running('Running'), current: ours(suspended) });
    expect(decide(seen, now).status?.currentRun?.stage).toBe('Running');
  });
});

describe('a Job that is not there', () => {
  it.each(['Launching', 'Waiting'] as const)('is made again while it cannot have run: %s', (stage) => {
    const current = { state: 'absent', pods: [] } as const;
    expect(deeds(seenWith({ status: running(stage), current }))).toContain('create Job');
  });

  it('is never made again once it may have run: the store is asked', () => {
    const current = { state: 'absent', pods: [] } as const;
    const decision = decide(seenWith({ status: running('Running'), current }), now);
    expect(decision.status?.currentRun?.stage).toBe('Inspecting');
    expect(decision.actions.at(-1)).toMatchObject({ object: { metadata: { name: 'shop-0123456789-i' } } });
  });
});

describe('a Job that no run in status stands for', () => {
  const annotations = {
    'pgcairn.dev/run-id': run.runId,
    'pgcairn.dev/slot-time': run.slotTime,
    'pgcairn.dev/trigger': 'Schedule',
  };
  const labels = { 'pgcairn.dev/task-kind': 'backup' };
  const stray = (parts: Parameters<typeof job>[0]): SeenPresent['others'] => [
    { job: runJob({ ...parts, metadata: { annotations, labels } }), pods: [], lease: { state: 'unread' } },
  ];
  const known: PostgresBackupStatus = { observedGeneration: 1, lastSlotTime: run.slotTime };

  it('is taken up when it runs', () => {
    const { status, actions } = decide(seenWith({ status: known, others: stray({}) }), now);
    expect(status?.currentRun).toMatchObject({ runId: run.runId, stage: 'Running' });
    expect(actions).toEqual([]);
  });

  it('is ended when it was given up before it started', () => {
    const others = stray({ spec: { suspend: true } });
    const seen = seenWith({ status: known, others });
    expect(deeds(seen)).toEqual(['delete Job']);
    expect(decide(seen, now).status?.currentRun).toBeUndefined();
  });

  it('is taken up even before it started when the whole status was lost', () => {
    const { status } = decide(seenWith({ others: stray({ spec: { suspend: true } }) }), now);
    expect(status?.currentRun).toMatchObject({ stage: 'Waiting' });
    expect(status?.lastSlotTime).toBe(run.slotTime);
  });

  it('is let go when its run is on record', () => {
    const record = {
      ...run,
      completionTime: '2026-11-20T02:19:00Z',
      outcome: 'Succeeded' as const,
      reason: 'Verified' as const,
      message: 'm',
    };
    const others = stray({ status: { conditions: [jobCondition('Complete')] } });
    const seen = seenWith({ status: { ...known, runs: [record] }, others });
    expect(decide(seen, now).actions).toMatchObject([
      {
        do: 'patch',
        resourceVersion: '7',
        patch: { metadata: { finalizers: [] }, spec: { ttlSecondsAfterFinished: 3600 } },
      },
    ]);
  });
});
