import { permanentExitCodes } from '../../task/exit-codes.ts';
import type { Job } from '../../kube/types.ts';
import { controllerReference, finalizers, notes, ownerNote, workerLabels } from '../marks.ts';
import type { WorkerPod } from './worker-pod.ts';
import { workerContainer, workerPodTemplate } from './worker-pod.ts';

export interface WorkerJob extends WorkerPod {
  readonly name: string;
  readonly suspend: boolean;
  readonly retries: number;
  /** Counted from when the Job starts, tries included. */
  readonly deadlineSeconds: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/**
 * The Job of a worker. The finalizer keeps it, and with it the pod that holds the report, until the result is in
 * status; a time to live is set only then (release.ts), since it would take the pods along with the report.
 */
export function workerJob(job: WorkerJob): Job {
  const { owner } = job;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: job.name,
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      labels: workerLabels(owner, job.task.kind),
      annotations: { ...job.annotations, [notes.owner]: ownerNote(owner) },
      finalizers: [finalizers.result],
      ownerReferences: [controllerReference(owner)],
    },
    spec: {
      suspend: job.suspend,
      completions: 1,
      parallelism: 1,
      backoffLimit: job.retries,
      activeDeadlineSeconds: job.deadlineSeconds,
      // Never two pods at one database: a replacement starts only when the pod before it has ended.
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          {
            action: 'FailJob',
            onExitCodes: { containerName: workerContainer, operator: 'In', values: permanentExitCodes },
          },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      template: workerPodTemplate(job),
    },
  };
}
