import { describe, expect, it } from 'vitest';
import { job, pod } from '../../../test/builders/workload.ts';
import type { ContainerStatus, JobCondition, Pod } from '../../kube/types.ts';
import { outcomeOf } from './outcome.ts';

const now = new Date('2026-11-20T02:30:00Z');
const waits = (name: string, reason: string): ContainerStatus => ({
  name,
  state: { waiting: { reason, message: 'words' } },
});
const runs = (name: string): ContainerStatus => ({ name, state: { running: {} } });
const scheduled: JobCondition = {
  type: 'PodScheduled',
  status: 'True',
  lastTransitionTime: '2026-11-20T02:17:00Z',
};

function podWith(first: readonly ContainerStatus[], ...conditions: readonly JobCondition[]): Pod {
  return pod({
    status: {
      phase: 'Pending',
      conditions: [scheduled, ...conditions],
      initContainerStatuses: first,
      containerStatuses: [waits('worker', 'PodInitializing')],
    },
  });
}
function trouble(given: Pod): object | undefined {
  const outcome = outcomeOf({ job: job(), pods: [given] }, now);
  return outcome.state === 'active' ? outcome.trouble : undefined;
}

describe('what stands beside a worker', () => {
  it.each([
    [
      'server',
      'ErrImagePull',
      'ImageUnavailable',
      'the image of server cannot be pulled (ErrImagePull): words',
    ],
    ['application', 'ImagePullBackOff', 'ImageUnavailable', 'the image of application cannot be pulled'],
    ['server', 'CreateContainerError', 'DrillServerFailed', 'the container of server cannot be made: words'],
    ['server', 'CrashLoopBackOff', 'DrillServerFailed', 'container server ends again and again'],
    ['gate', 'RunContainerError', 'Internal', 'the container of gate cannot be made: words'],
  ])('is named when %s is in %s', (name, waiting, reason, message) => {
    const found = trouble(podWith([runs('other'), waits(name, waiting)]));
    expect(found).toMatchObject({ reason, message: expect.stringContaining(message) as string });
  });

  it('is no trouble while it starts', () => {
    expect(trouble(podWith([runs('gate'), waits('server', 'PodInitializing')]))).toBeUndefined();
  });

  const notReady: JobCondition = { type: 'PodReadyToStartContainers', status: 'False' };
  it('waits for volumes as long as nothing of its pod can start', () => {
    const first = [waits('server', 'PodInitializing')];
    expect(trouble(podWith(first, notReady))).toMatchObject({ reason: 'VolumeUnavailable' });
    expect(trouble(podWith(first, { ...notReady, status: 'True' }))).toBeUndefined();
    expect(trouble(podWith([runs('server')], notReady))).toBeUndefined();
  });
});
