import type { ObjectKey } from '../../../src/base/resource.ts';
import { jobType, podType } from '../../../src/kube/types.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { resourceOf } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { keyOf } from './registry.ts';
import type { Registry } from './registry.ts';
import type { Store, Stored } from './store.ts';

/** How a pod's container ends. */
export interface PodOutcome {
  readonly exitCode: number;
  /** Termination message; cut at 4,096 bytes as the kubelet does. */
  readonly message?: string;
  /** Default `Completed` or `Error`. */
  readonly reason?: string;
  /** Run time before it ends; default 0: at once. */
  readonly afterMilliseconds?: number;
}

/** The Job controller, the kubelet and the TTL controller, as far as tests need them. */
export interface JobWorld {
  /** Makes pods for unsuspended Jobs without being asked; default true. */
  autoStart: boolean;
  /** Asked for each pod that starts; an outcome ends it, undefined leaves it running. */
  script: ((job: Stored, pod: Stored) => PodOutcome | undefined) | undefined;
  /** Delay before a failed pod is replaced, by failures so far; default 10 s doubling. */
  retryMilliseconds: (failures: number) => number;
  /** Starts a pod for the Job if it has none. */
  start(job: ObjectKey): void;
  /** Ends the running pod of the Job. */
  finish(job: ObjectKey, outcome: PodOutcome): void;
  evict(job: ObjectKey): void;
  outOfMemory(job: ObjectKey): void;
  /** Deletes the running pod, as `kubectl delete pod` does: its message is lost. */
  deletePod(job: ObjectKey): void;
  /** What ttlSecondsAfterFinished does, now. Waits for finalizers like any deletion. */
  expire(job: ObjectKey): void;
  /** The newest pod of the Job. */
  podOf(job: ObjectKey): Stored | undefined;
}

interface JobSpec {
  readonly suspend?: boolean;
  readonly backoffLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly ttlSecondsAfterFinished?: number;
  readonly template?: {
    readonly metadata?: {
      readonly labels?: Record<string, string>;
      readonly annotations?: Record<string, string>;
    };
    readonly spec?: { containers?: { name: string }[] };
  };
  readonly podFailurePolicy?: { readonly rules?: readonly FailureRule[] };
}
interface FailureRule {
  readonly action: string;
  readonly onExitCodes?: { readonly operator: string; readonly values: readonly number[] };
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[];
}
interface JobStatus {
  readonly conditions?: readonly { type: string; status: string }[];
  readonly failed?: number;
  readonly startTime?: string;
}

const controllerManager = { manager: 'kube-controller-manager', subresource: 'status' };
const kubelet = { manager: 'kubelet', subresource: 'status' };

export function createJobWorld(
  parts: { store: Store; registry: Registry; clock: Clock; kindOf: (resource: string) => Kind | undefined },
  closed: AbortSignal,
): JobWorld {
  const { store, registry, clock } = parts;
  const jobs = resourceOf(jobType);
  const pods = resourceOf(podType);
  let podNumber = 0;

  const kind = (resource: string): Kind => parts.kindOf(resource)!;
  const time = (): string => `${clock.now().toISOString().slice(0, 19)}Z`;
  const specOf = (job: Stored): JobSpec => (job['spec'] ?? {}) as JobSpec;
  const statusOf = (job: Stored): JobStatus => (job['status'] ?? {}) as JobStatus;
  const jobAt = (key: string): Stored | undefined => store.get(jobs, key);
  const text = (key: ObjectKey): string => keyOf(key.namespace, key.name);

  function later(milliseconds: number, act: () => void): void {
    if (milliseconds <= 0) act();
    else clock.sleep(milliseconds, closed).then(act, () => undefined);
  }
  function isFinished(job: Stored): boolean {
    return (statusOf(job).conditions ?? []).some(
      (condition) => ['Complete', 'Failed'].includes(condition.type) && condition.status === 'True',
    );
  }
  function podsOf(job: Stored): Stored[] {
    return store
      .list(pods)
      .filter((pod) => pod.metadata.ownerReferences?.some((owner) => owner.uid === job.metadata.uid))
      .sort(
        (one, other) =>
          Number(one.metadata.annotations?.['fake/number']) -
          Number(other.metadata.annotations?.['fake/number']),
      );
  }
  function isRunning(pod: Stored): boolean {
    return (pod['status'] as { phase?: string } | undefined)?.phase === 'Running';
  }
  function setStatus(key: string, status: object): void {
    if (jobAt(key) !== undefined) registry.mergePatch(kind(jobs), key, { status }, controllerManager);
  }
  function conditions(
    job: Stored,
    ...added: { type: string; status: string; reason: string; message?: string }[]
  ): object[] {
    const kept = (statusOf(job).conditions ?? []).filter(
      (old) => !added.some((item) => item.type === old.type),
    );
    return [
      ...kept,
      ...added.map((item) => ({ ...item, lastProbeTime: time(), lastTransitionTime: time() })),
    ];
  }

  function start(key: string): void {
    const job = jobAt(key);
    if (job === undefined || isFinished(job) || specOf(job).suspend === true) return;
    if (job.metadata.deletionTimestamp !== undefined || podsOf(job).some(isRunning)) return;
    podNumber += 1;
    const { template, activeDeadlineSeconds } = specOf(job);
    const name = `${job.metadata.name.slice(0, 50)}-p${String(podNumber).padStart(4, '0')}`;
    const labels = {
      ...template?.metadata?.labels,
      'job-name': job.metadata.name,
      'batch.kubernetes.io/job-name': job.metadata.name,
      'batch.kubernetes.io/controller-uid': job.metadata.uid,
    };
    const {
      apiVersion,
      metadata: { uid },
    } = job;
    const owner = {
      apiVersion,
      kind: 'Job',
      name: job.metadata.name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    const annotations = { ...template?.metadata?.annotations, 'fake/number': String(podNumber) };
    const namespace = job.metadata.namespace ?? '';
    registry.create(
      kind(pods),
      namespace,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, labels, annotations, ownerReferences: [owner] },
        spec: template?.spec ?? {},
      },
      { manager: 'kube-controller-manager' },
    );
    const startTime = statusOf(job).startTime ?? time();
    setStatus(key, { active: 1, ready: 1, startTime, conditions: conditions(job, ...resumed(job)) });
    const podKey = keyOf(namespace, name);
    const container = template?.spec?.containers?.[0]?.name ?? 'main';
    const running = {
      name: container,
      ready: true,
      restartCount: 0,
      state: { running: { startedAt: time() } },
    };
    const pod = registry.mergePatch(
      kind(pods),
      podKey,
      { status: { phase: 'Running', startTime: time(), podIP: '10.0.0.1', containerStatuses: [running] } },
      kubelet,
    );
    if (activeDeadlineSeconds !== undefined && statusOf(job).startTime === undefined) {
      later(activeDeadlineSeconds * 1000, () => pastDeadline(key, uid));
    }
    const outcome = world.script?.(job, pod);
    if (outcome !== undefined)
      later(outcome.afterMilliseconds ?? 0, () => endPod(podKey, pod.metadata.uid, outcome));
  }
  function resumed(job: Stored): { type: string; status: string; reason: string }[] {
    const wasSuspended = (statusOf(job).conditions ?? []).some((item) => item.type === 'Suspended');
    return wasSuspended ? [{ type: 'Suspended', status: 'False', reason: 'JobResumed' }] : [];
  }
  function pastDeadline(key: string, uid: string): void {
    const job = jobAt(key);
    if (job === undefined || job.metadata.uid !== uid || isFinished(job)) return;
    for (const pod of podsOf(job).filter(isRunning)) dropPod(pod);
    fail(key, 'DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  function dropPod(pod: Stored): void {
    registry.delete(kind(pods), keyOf(pod.metadata.namespace, pod.metadata.name), {});
  }
  function endPod(podKey: string, uid: string, outcome: PodOutcome, disruption?: string): void {
    const pod = store.get(pods, podKey);
    if (pod === undefined || pod.metadata.uid !== uid || !isRunning(pod)) return;
    const { name } = (pod['status'] as { containerStatuses: { name: string }[] }).containerStatuses[0]!;
    const terminated = {
      exitCode: outcome.exitCode,
      reason: outcome.reason ?? (outcome.exitCode === 0 ? 'Completed' : 'Error'),
      startedAt: (pod['status'] as { startTime: string }).startTime,
      finishedAt: time(),
      ...(outcome.message === undefined
        ? {}
        : { message: Buffer.from(outcome.message).subarray(0, 4096).toString() }),
    };
    const status = {
      phase: outcome.exitCode === 0 ? 'Succeeded' : 'Failed',
      ...(disruption === undefined
        ? {}
        : {
            reason: disruption,
            conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }],
          }),
      containerStatuses: [{ name, ready: false, restartCount: 0, state: { terminated } }],
    };
    registry.mergePatch(kind(pods), podKey, { status }, kubelet);
    const job = store.byUid(pod.metadata.ownerReferences?.[0]?.uid ?? '');
    if (job !== undefined) podEnded(job.key, outcome.exitCode, disruption !== undefined);
  }
  function podEnded(key: string, exitCode: number | undefined, disrupted: boolean): void {
    const job = jobAt(key);
    if (job === undefined || isFinished(job)) return;
    if (exitCode === 0) {
      complete(key, job);
      return;
    }
    const action = failureAction(specOf(job), exitCode, disrupted);
    const failed = (statusOf(job).failed ?? 0) + 1;
    const counted = action === 'Ignore' ? failed - 1 : failed;
    setStatus(key, { failed: counted, active: 0, ready: 0 });
    if (action === 'FailJob') fail(key, 'PodFailurePolicy', `Container failed with exit code ${exitCode}`);
    else if (counted > (specOf(job).backoffLimit ?? 6)) {
      fail(key, 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
    } else if (world.autoStart) later(world.retryMilliseconds(Math.max(1, counted)), () => start(key));
  }
  function complete(key: string, job: Stored): void {
    const reason = 'CompletionsReached';
    const done = ['SuccessCriteriaMet', 'Complete'].map((type) => ({
      type,
      status: 'True',
      reason,
      message: 'Reached expected number of succeeded pods',
    }));
    setStatus(key, {
      active: 0,
      ready: 0,
      succeeded: 1,
      completionTime: time(),
      conditions: conditions(job, ...done),
    });
    scheduleExpiry(key, job);
  }
  function fail(key: string, reason: string, message: string): void {
    const job = jobAt(key);
    if (job === undefined) return;
    const done = ['FailureTarget', 'Failed'].map((type) => ({ type, status: 'True', reason, message }));
    setStatus(key, { active: 0, ready: 0, conditions: conditions(job, ...done) });
    scheduleExpiry(key, job);
  }
  function scheduleExpiry(key: string, job: Stored): void {
    const { ttlSecondsAfterFinished: ttl } = specOf(job);
    if (ttl === undefined) return;
    clock.sleep(ttl * 1000, closed).then(
      () => {
        if (jobAt(key)?.metadata.uid === job.metadata.uid) registry.delete(kind(jobs), key, {});
      },
      () => undefined,
    );
  }
  function runningPod(job: ObjectKey): Stored {
    const found = jobAt(text(job));
    const pod = found && podsOf(found).find(isRunning);
    if (pod === undefined) throw new Error(`Job ${text(job)} has no running pod`);
    return pod;
  }
  const world: JobWorld = {
    autoStart: true,
    script: undefined,
    retryMilliseconds: (failures) => 10_000 * 2 ** (failures - 1),
    start: (job) => start(text(job)),
    finish(job, outcome) {
      const pod = runningPod(job);
      endPod(keyOf(pod.metadata.namespace, pod.metadata.name), pod.metadata.uid, outcome);
    },
    evict(job) {
      const pod = runningPod(job);
      endPod(
        keyOf(pod.metadata.namespace, pod.metadata.name),
        pod.metadata.uid,
        { exitCode: 137 },
        'Evicted',
      );
    },
    outOfMemory(job) {
      world.finish(job, { exitCode: 137, reason: 'OOMKilled' });
    },
    deletePod(job) {
      dropPod(runningPod(job));
    },
    expire(job) {
      registry.delete(kind(jobs), text(job), {});
    },
    podOf(job) {
      const found = jobAt(text(job));
      return found && podsOf(found).at(-1);
    },
  };
  store.listen((change) => {
    if (
      change.resource === pods &&
      change.type === 'DELETED' &&
      change.previous !== undefined &&
      isRunning(change.previous)
    ) {
      const job = store.byUid(change.object.metadata.ownerReferences?.[0]?.uid ?? '');
      if (job !== undefined && specOf(job.object).suspend !== true) podEnded(job.key, undefined, false);
      return;
    }
    if (change.resource !== jobs || change.type === 'DELETED') return;
    const job = jobAt(change.key);
    if (job === undefined || isFinished(job)) return;
    if (specOf(job).suspend === true) suspendJob(change.key, job);
    else if (world.autoStart && (change.type === 'ADDED' || specOf(change.previous ?? job).suspend === true))
      start(change.key);
  });
  function suspendJob(key: string, job: Stored): void {
    for (const pod of podsOf(job).filter(isRunning)) dropPod(pod);
    const already = (statusOf(job).conditions ?? []).some(
      (item) => item.type === 'Suspended' && item.status === 'True',
    );
    if (already) return;
    setStatus(key, {
      active: 0,
      conditions: conditions(job, {
        type: 'Suspended',
        status: 'True',
        reason: 'JobSuspended',
        message: 'Job suspended',
      }),
    });
  }
  return world;
}

function failureAction(spec: JobSpec, exitCode: number | undefined, disrupted: boolean): string {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    const { onExitCodes, onPodConditions } = rule;
    if (onExitCodes !== undefined && exitCode !== undefined) {
      if (onExitCodes.values.includes(exitCode) === (onExitCodes.operator === 'In')) return rule.action;
    }
    if (disrupted && onPodConditions?.some((condition) => condition.type === 'DisruptionTarget') === true)
      return rule.action;
  }
  return 'Count';
}
