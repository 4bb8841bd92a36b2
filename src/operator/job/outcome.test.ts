import { describe, expect, it } from 'vitest';
import { job, jobCondition, pod, terminated } from '../../../test/builders/workload.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { outcomeOf } from './outcome.ts';
import { parseReport, readReport } from './report.ts';

const now = new Date('2026-11-20T02:30:00Z');
const failed = (reason: string): string =>
  JSON.stringify({ version: 1, kind: 'failed', reason, message: 'm' });
const complete = job({ status: { conditions: [jobCondition('Complete')] } });
const failedJob = (reason = 'BackoffLimitExceeded'): Job =>
  job({ status: { conditions: [jobCondition('Failed', { reason })] } });
const ended = (exitCode: number, message?: string, reason?: string): Pod =>
  pod({ status: { phase: 'Failed', containerStatuses: [terminated(exitCode, message, reason)] } });
const deleted = (one: Pod): Pod => ({
  ...one,
  metadata: { ...one.metadata, deletionTimestamp: '2026-11-20T02:20:00Z' },
});
const waiting = (reason: string, message = 'words'): Pod =>
  pod({
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-11-20T02:17:00Z' }],
      containerStatuses: [{ name: 'worker', state: { waiting: { reason, message } } }],
    },
  });

describe('a Job', () => {
  it('is suspended, active or finished by its conditions alone', () => {
    expect(outcomeOf({ job: job({ spec: { suspend: true } }), pods: [] }, now).state).toBe('suspended');
    expect(outcomeOf({ job: job(), pods: [pod()] }, now)).toEqual({ state: 'active' });
    expect(outcomeOf({ job: complete, pods: [] }, now)).toMatchObject({ state: 'finished', complete: true });
    expect(outcomeOf({ job: failedJob(), pods: [] }, now)).toMatchObject({ complete: false });
  });

  it.each(['FailureTarget', 'SuccessCriteriaMet', 'Suspended'])('is not over by the condition %s', (type) => {
    expect(
      outcomeOf({ job: job({ status: { conditions: [jobCondition(type)] } }), pods: [pod()] }, now).state,
    ).toBe('active');
  });
});

describe('a report', () => {
  it('of a complete Job is that of the pod that ended well, of a failed Job the last', () => {
    const early = ended(1, failed('CannotConnect'));
    const at = (finished: Pod, time: string): Pod => {
      const [container] = finished.status!.containerStatuses!;
      const state = { terminated: { ...container!.state!.terminated!, finishedAt: time } };
      return { ...finished, status: { ...finished.status, containerStatuses: [{ ...container!, state }] } };
    };
    const pods = [
      at(ended(1, failed('WrongPassword')), '2026-11-20T02:25:00Z'),
      at(early, '2026-11-20T02:21:00Z'),
      at(ended(0, failed('Internal')), '2026-11-20T02:20:00Z'),
    ];
    expect(readReport(false, pods)).toMatchObject({ report: { reason: 'WrongPassword' } });
    expect(readReport(true, pods)).toMatchObject({ report: { reason: 'Internal' } });
  });

  it.each([
    { what: 'nothing', message: undefined, detail: 'left no report' },
    { what: 'an empty message', message: '', detail: 'left no report' },
    { what: 'no JSON', message: 'panic', detail: 'not one that this version can read' },
    { what: 'another version', message: '{"version":2}', detail: 'not one that this version can read' },
    { what: 'an unknown reason', message: failed('Nonsense'), detail: 'not one that' },
    {
      what: 'more than the kubelet keeps, counted in bytes',
      message: JSON.stringify({ version: 1, kind: 'failed', reason: 'Internal', message: 'ü'.repeat(2100) }),
      detail: 'longer than 4096 bytes',
    },
  ])('is unreadable when it is $what', ({ message, detail }) => {
    expect(parseReport(message)).toEqual({
      state: 'unreadable',
      detail: expect.stringContaining(detail) as string,
    });
  });

  it('just short enough is read', () => {
    const message = 'ü'.repeat(2000);
    const text = JSON.stringify({ version: 1, kind: 'failed', reason: 'Internal', message });
    expect(parseReport(text)).toMatchObject({ state: 'read' });
  });
});

describe('without a report, what happened', () => {
  const disrupted = (words: string): Pod =>
    pod({
      status: { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True', message: words }] },
    });
  it.each([
    { what: 'a deadline', job: failedJob('DeadlineExceeded'), pods: [], reason: 'DeadlineExceeded' },
    {
      what: 'too little memory',
      job: failedJob(),
      pods: [ended(137, '', 'OOMKilled')],
      reason: 'OutOfMemory',
    },
    {
      what: 'memory too little to start with',
      job: failedJob(),
      pods: [ended(128, 'container init was OOM-killed (memory limit too low?)', 'StartError')],
      reason: 'OutOfMemory',
    },
    { what: 'a kill', job: failedJob(), pods: [deleted(ended(137))], reason: 'Interrupted' },
    { what: 'a kill that nobody asked for', job: failedJob(), pods: [ended(137)], reason: 'OutOfMemory' },
    {
      what: 'an eviction by the kubelet',
      job: failedJob(),
      pods: [pod({ status: { phase: 'Failed', reason: 'Evicted', message: 'disk pressure' } })],
      reason: 'Evicted',
    },
    { what: 'another disruption', job: failedJob(), pods: [disrupted('preempted')], reason: 'Evicted' },
    { what: 'an unreadable task', job: failedJob(), pods: [ended(65)], reason: 'TaskInvalid' },
    { what: 'a stop', job: failedJob(), pods: [ended(143)], reason: 'Interrupted' },
    { what: 'nothing known', job: failedJob(), pods: [], reason: 'ManifestMissing' },
    { what: 'a good end without words', job: complete, pods: [ended(0)], reason: 'ManifestMissing' },
  ])('is told from $what', ({ job: given, pods, reason }) => {
    expect(outcomeOf({ job: given, pods }, now)).toMatchObject({ state: 'finished', loss: { reason } });
  });
});

describe('a Job that does not get on', () => {
  const unschedulable = pod({
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available',
        },
      ],
    },
  });
  const withoutClaim = pod({
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: persistentvolumeclaim "backups" not found. not found',
        },
      ],
    },
  });
  const onClaim = {
    volumes: [{ name: 'work' }, { name: 'repository', persistentVolumeClaim: { claimName: 'backups' } }],
  };
  const pendingSince = (creationTimestamp: string): Pod =>
    pod({ metadata: { creationTimestamp }, spec: onClaim, status: { phase: 'Pending' } });
  const refusedFor = (message: string): Pod => {
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
    return pod({ spec: onClaim, status: { phase: 'Pending', conditions: [condition] } });
  };
  const started = job({ status: { startTime: '2026-11-20T02:17:00Z' } });
  it.each([
    {
      what: 'no node takes its pod',
      job: job(),
      pods: [unschedulable],
      reason: 'PodUnschedulable',
      words: '0/3 nodes',
    },
    {
      what: 'its claim is not there',
      job: job(),
      pods: [withoutClaim],
      reason: 'VolumeUnavailable',
      words: 'no PersistentVolumeClaim backups in this namespace: create it, or correct volume.claimName',
    },
    {
      what: 'its claim has no volume',
      job: job(),
      pods: [refusedFor('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.')],
      reason: 'VolumeUnavailable',
      words:
        'PersistentVolumeClaim backups has no volume that can be mounted (kubectl describe pvc backups): 0/1 nodes',
    },
    {
      what: 'no node that takes it can mount the volume of its claim',
      job: job(),
      pods: [refusedFor('0/3 nodes are available: 3 node(s) had volume node affinity conflict.')],
      reason: 'VolumeUnavailable',
      words: 'PersistentVolumeClaim backups',
    },
    {
      what: 'no node has room for its pod with a claim',
      job: job(),
      pods: [refusedFor('0/1 nodes are available: 1 Insufficient cpu.')],
      reason: 'PodUnschedulable',
      words: 'no node can take it: 0/1 nodes are available: 1 Insufficient cpu.',
    },
    {
      what: 'its claim waits for a volume, of which the scheduler says nothing',
      job: job(),
      pods: [pendingSince('2026-11-20T02:28:59Z')],
      reason: 'VolumeUnavailable',
      words: 'its PersistentVolumeClaim backups waits for a volume',
    },
    {
      what: 'its image is not there',
      job: job(),
      pods: [waiting('ImagePullBackOff')],
      reason: 'ImageUnavailable',
      words: 'ImagePullBackOff',
    },
    {
      what: 'its container cannot be made',
      job: job(),
      pods: [waiting('CreateContainerConfigError')],
      reason: 'Internal',
      words: 'words',
    },
    {
      what: 'its volumes do not come',
      job: job(),
      pods: [waiting('ContainerCreating')],
      reason: 'VolumeUnavailable',
      words: 'volumes',
    },
    {
      what: 'a try failed with a report',
      job: job(),
      pods: [ended(1, failed('CannotConnect'))],
      reason: 'CannotConnect',
      words: 'repeated: m',
    },
    {
      what: 'a try was killed',
      job: job(),
      pods: [ended(137, '', 'OOMKilled')],
      reason: 'OutOfMemory',
      words: 'memory',
    },
    {
      what: 'a try was killed by nobody that is known',
      job: job(),
      pods: [ended(137)],
      reason: 'OutOfMemory',
      words: 'most likely for lack of memory',
    },
    {
      what: 'a try was killed by somebody',
      job: job(),
      pods: [deleted(ended(137))],
      reason: 'Interrupted',
      words: 'killed',
    },
    {
      what: 'a try failed without words',
      job: job(),
      pods: [ended(3)],
      reason: 'Internal',
      words: 'exit code 3',
    },
    {
      what: 'no pod is made',
      job: started,
      pods: [],
      reason: 'PodUnschedulable',
      words: 'kubectl describe job',
    },
  ])('says so when $what', ({ job: given, pods, reason, words }) => {
    expect(outcomeOf({ job: given, pods }, now)).toEqual({
      state: 'active',
      trouble: { reason, message: expect.stringContaining(words) as string },
    });
  });

  it.each([
    {
      what: 'its volumes are young',
      job: job(),
      pods: [waiting('ContainerCreating')],
      at: '2026-11-20T02:17:59Z',
    },
    {
      what: 'its claim has been waiting for a moment',
      job: job(),
      pods: [pendingSince('2026-11-20T02:17:00Z')],
      at: '2026-11-20T02:17:59Z',
    },
    {
      what: 'its last try ended, and the Job is about to',
      job: job({ spec: { backoffLimit: 0 } }),
      pods: [ended(1, failed('CannotConnect'))],
      at: '2026-11-20T02:17:59Z',
    },
    {
      what: 'a try ended for good, and the Job is about to',
      job: job(),
      pods: [ended(64, failed('WrongPassword'))],
      at: '2026-11-20T02:17:59Z',
    },
    { what: 'its pod is still to be made', job: started, pods: [], at: '2026-11-20T02:17:59Z' },
    {
      what: 'its pods are taken away at its deadline',
      job: job({
        status: {
          startTime: '2026-11-20T02:17:00Z',
          conditions: [{ type: 'FailureTarget', status: 'True', reason: 'DeadlineExceeded' }],
        },
      }),
      pods: [],
      at: '2026-11-21T02:17:59Z',
    },
    {
      what: 'the Job controller still counts a pod',
      job: job({ status: { startTime: '2026-11-20T02:17:00Z', active: 1 } }),
      pods: [],
      at: '2026-11-21T02:17:59Z',
    },
    { what: 'it is still to start', job: job(), pods: [], at: '2026-11-21T02:17:59Z' },
  ])('is left in peace while $what', ({ job: given, pods, at }) => {
    expect(outcomeOf({ job: given, pods }, new Date(at))).toEqual({ state: 'active' });
  });

  it('tells of the pod that is to run now rather than of the one before', () => {
    const pods = [ended(1, failed('CannotConnect')), unschedulable];
    expect(outcomeOf({ job: job(), pods }, now)).toMatchObject({ trouble: { reason: 'PodUnschedulable' } });
  });
});
