import { killedExitCode, permanentExitCodes } from '../../task/exit-codes.ts';
import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import { addSeconds, instantMilliseconds } from '../../domain/instant.ts';
import type { ContainerStatus, Job, JobCondition, Pod } from '../../kube/types.ts';
import { lackOfMemory } from './out-of-memory.ts';
import { endedPods, parseReport, terminatedWorker } from './report.ts';
import { serverContainer, workerContainer } from './worker-pod.ts';

/** Why something does not go on, or did not. */
export interface Trouble {
  readonly reason: FailureReason;
  readonly message: string;
}

/** How long a pod may take to come to life before it is worth a word. */
export const patienceSeconds = 60;

const imageReasons = [
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'RegistryUnavailable',
  'ImageInspectError',
];
/** Sandbox and volumes of a pod are there. */
const podReady = 'PodReadyToStartContainers';
const creationReasons = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'];

type Finding = (pod: Pod, now: Date) => Trouble | undefined;
const podFindings: readonly Finding[] = [
  noNodeTakesIt,
  imageCannotBePulled,
  containerCannotBeCreated,
  companionKeepsFailing,
  volumesDoNotCome,
];

/**
 * What keeps a Job that is under way from getting on: a pod that cannot start, or a try that failed before the
 * present one. Messages hold no time that passes, so that the same trouble reads the same in every pass.
 */
export function troubleOf(job: Job, pods: readonly Pod[], now: Date): Trouble | undefined {
  const open = pods.filter((pod) => !isOver(pod));
  for (const pod of open) {
    for (const finding of podFindings) {
      const found = finding(pod, now);
      if (found) return found;
    }
  }
  return lastTryFailed(job, pods) ?? noPodWasMade(job, pods, now);
}

/** True for a pod that will not run again. */
export function isOver(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed' || terminatedWorker(pod) !== undefined;
}

function noNodeTakesIt(pod: Pod, now: Date): Trouble | undefined {
  const scheduled = scheduling(pod);
  if (scheduled?.status === 'True') return undefined;
  if (scheduled?.reason !== 'Unschedulable') return noNodeIsChosen(pod, now);
  const { message = 'no message' } = scheduled;
  const absent = /persistentvolumeclaim "([^"]+)" not found/.exec(message)?.[1];
  if (absent !== undefined) {
    const words = `there is no PersistentVolumeClaim ${absent} in this namespace: create it, or correct volume.claimName`;
    return about(pod, 'VolumeUnavailable', words);
  }
  const claim = claimOf(pod);
  if (claim !== undefined && /persistent ?volume|volume node affinity/i.test(message)) {
    const words = `PersistentVolumeClaim ${claim} has no volume that can be mounted (kubectl describe pvc ${claim}): ${message}`;
    return about(pod, 'VolumeUnavailable', words);
  }
  return about(pod, 'PodUnschedulable', `no node can take it: ${message}`);
}

/** While the scheduler waits for a volume to be made it says nothing of the pod. */
function noNodeIsChosen(pod: Pod, now: Date): Trouble | undefined {
  const claim = claimOf(pod);
  const isPending = pod.status?.phase === 'Pending';
  if (claim === undefined || !isPending || !isOlderThanPatience(pod.metadata.creationTimestamp, now)) {
    return undefined;
  }
  const words = `it has had no node for over ${String(patienceSeconds)} s, as while its PersistentVolumeClaim ${claim} waits for a volume; the claim's events say why (kubectl describe pvc ${claim})`;
  return about(pod, 'VolumeUnavailable', words);
}

function scheduling({ status }: Pod): JobCondition | undefined {
  return status?.conditions?.find(({ type }) => type === 'PodScheduled');
}

/** A worker has one claim at most: that of a repository on a volume. */
function claimOf({ spec }: Pod): string | undefined {
  return spec?.volumes?.find((volume) => volume.persistentVolumeClaim)?.persistentVolumeClaim?.claimName;
}

function imageCannotBePulled(pod: Pod): Trouble | undefined {
  const found = waitingContainer(pod, imageReasons);
  if (!found) return undefined;
  const { name, waiting } = found;
  const words = `${whose(name, 'image')} cannot be pulled (${waiting.reason ?? ''}): ${waiting.message ?? ''}`;
  return about(pod, 'ImageUnavailable', words);
}

function containerCannotBeCreated(pod: Pod): Trouble | undefined {
  const found = waitingContainer(pod, creationReasons);
  if (!found) return undefined;
  const { name, waiting } = found;
  const words = `${whose(name, 'container')} cannot be made: ${waiting.message ?? ''}`;
  return about(pod, reasonOf(name), words);
}

/** The worker itself is never started again in its pod; what stands beside it is, for as long as it fails. */
function companionKeepsFailing(pod: Pod): Trouble | undefined {
  const found = waitingContainer(pod, ['CrashLoopBackOff']);
  if (!found) return undefined;
  const { name } = found;
  const words = `container ${name} ends again and again; its log says why (kubectl logs ${pod.metadata.name} -c ${name})`;
  return about(pod, reasonOf(name), words);
}

function reasonOf(container: string): FailureReason {
  return container === serverContainer ? 'DrillServerFailed' : 'Internal';
}

function whose(container: string, part: string): string {
  return container === workerContainer ? `its ${part}` : `the ${part} of ${container}`;
}

/** A volume that cannot be mounted shows in Events only, which the operator does not read. */
function volumesDoNotCome(pod: Pod, now: Date): Trouble | undefined {
  const scheduled = scheduling(pod);
  const since = scheduled?.status === 'True' ? scheduled.lastTransitionTime : undefined;
  if (!waitsForVolumes(pod) || !isOlderThanPatience(since, now)) return undefined;
  return about(
    pod,
    'VolumeUnavailable',
    `it has waited for its volumes for over ${String(patienceSeconds)} s; its events say which (kubectl describe pod ${pod.metadata.name})`,
  );
}

function lastTryFailed(job: Job, pods: readonly Pod[]): Trouble | undefined {
  const [last] = endedPods(pods);
  const ended = last && terminatedWorker(last);
  if (!last || !ended || ended.exitCode === 0) return undefined;
  // No other try comes: the Job is about to end, and that tells the rest.
  if (job.spec?.backoffLimit === 0 || permanentExitCodes.includes(ended.exitCode)) return undefined;
  const reading = parseReport(ended.message);
  if (reading.state === 'read' && reading.report.kind === 'failed') {
    return {
      reason: reading.report.reason,
      message: `a try failed and is repeated: ${reading.report.message}`,
    };
  }
  const memory = lackOfMemory(last);
  if (memory !== undefined) return about(last, 'OutOfMemory', `it ${memory}; the run is tried again`);
  if (ended.exitCode === killedExitCode) {
    return about(last, 'Interrupted', 'it was killed; the run is tried again');
  }
  return about(last, 'Internal', `it ended with exit code ${String(ended.exitCode)}; the run is tried again`);
}

function noPodWasMade(job: Job, pods: readonly Pod[], now: Date): Trouble | undefined {
  if (pods.length > 0 || !isOlderThanPatience(job.status?.startTime, now)) return undefined;
  // At its deadline a Job loses its pods a moment before it is said to have failed.
  if ((job.status?.active ?? 0) > 0 || job.status?.conditions?.some(isAboutToFail)) return undefined;
  return {
    reason: 'PodUnschedulable',
    message: `Job ${job.metadata.name} has had no pod for over ${String(patienceSeconds)} s; its events say why (kubectl describe job ${job.metadata.name})`,
  };
}

function isAboutToFail({ type, status }: { readonly type: string; readonly status: string }): boolean {
  return type === 'FailureTarget' && status === 'True';
}

function isOlderThanPatience(since: string | undefined, now: Date): boolean {
  const start = instantMilliseconds(since);
  return start !== undefined && addSeconds(new Date(start), patienceSeconds) <= now;
}

/** Before its volumes are there nothing of a pod begins; with containers to start first it does not say so itself. */
function waitsForVolumes(pod: Pod): boolean {
  const { conditions, initContainerStatuses: first = [], containerStatuses = [] } = pod.status ?? {};
  const worker = containerStatuses.find(({ name }) => name === workerContainer)?.state?.waiting;
  if (worker?.reason === 'ContainerCreating') return true;
  if (worker?.reason !== 'PodInitializing' || first.some(({ state }) => !state?.waiting)) return false;
  return conditions?.some(({ type, status }) => type === podReady && status === 'False') ?? false;
}

interface Waiting {
  readonly name: string;
  readonly waiting: NonNullable<NonNullable<ContainerStatus['state']>['waiting']>;
}

function waitingContainer({ status }: Pod, reasons: readonly string[]): Waiting | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return all.flatMap(({ name, state }) => {
    const waiting = state?.waiting;
    return waiting && reasons.includes(waiting.reason ?? '') ? [{ name, waiting }] : [];
  })[0];
}

function about(pod: Pod, reason: FailureReason, words: string): Trouble {
  return { reason, message: `pod ${pod.metadata.name}: ${words}` };
}
