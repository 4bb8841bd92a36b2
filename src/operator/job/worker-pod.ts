import type { WorkerSpec } from '../../api/v1alpha1/postgres-backup.ts';
import type { KubeObject } from '../../base/resource.ts';
import { workerPaths } from '../../task/paths.ts';
import type { Task } from '../../task/task.ts';
import { notes, ownerNote, workerLabels } from '../marks.ts';
import type { Settings } from '../settings.ts';
import type { Mount } from './mounts.ts';
import { workerResources } from './worker-resources.ts';

export const workerContainer = 'worker';
/** The throw-away PostgreSQL beside the worker of a drill. */
export const serverContainer = 'server';
/** Everything in a worker's pod runs under it. */
export const userId = 10_001;
/** What the `restricted` Pod Security Standard asks of a container, and a root that cannot be written to. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

/** What a worker's pod holds beside the worker. */
export interface Companions {
  /** Started before the worker, in their order. */
  readonly initContainers: readonly object[];
  readonly volumes: readonly object[];
  /** What the worker itself mounts of them. */
  readonly mounts: readonly object[];
  readonly annotations: Readonly<Record<string, string>>;
}

/** A name that is not asked for at a name service. */
export interface HostAlias {
  readonly ip: string;
  readonly hostnames: readonly string[];
}

export interface WorkerPod {
  readonly settings: Settings;
  readonly owner: KubeObject;
  readonly task: Task;
  readonly mounts: readonly Mount[];
  /** The owner's wishes about where and how it runs. */
  readonly worker?: WorkerSpec;
  readonly companions?: Companions;
  readonly hostAliases?: readonly HostAlias[];
}

/**
 * The pod template of a worker: admitted by the `restricted` Pod Security Standard, without an API token, with a
 * read-only root. Secrets are mounted optionally, so that the worker can name the one that is missing; a pod that
 * waits for a Secret says nothing to anybody.
 */
export function workerPodTemplate(pod: WorkerPod): object {
  return { metadata: templateMetadata(pod), spec: podSpec(pod) };
}

function templateMetadata({ owner, task, worker, companions }: WorkerPod): object {
  return {
    labels: { ...worker?.labels, ...workerLabels(owner, task.kind) },
    annotations: {
      ...worker?.annotations,
      ...companions?.annotations,
      [notes.owner]: ownerNote(owner),
      [notes.task]: JSON.stringify(task),
    },
  };
}

function podSpec(pod: WorkerPod): object {
  const { settings, mounts, worker, companions, hostAliases = [] } = pod;
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 60,
    ...(settings.workerServiceAccount !== undefined && { serviceAccountName: settings.workerServiceAccount }),
    ...(settings.pullSecrets.length > 0 && {
      imagePullSecrets: settings.pullSecrets.map((name) => ({ name })),
    }),
    ...(worker && Object.keys(worker.nodeSelector).length > 0 && { nodeSelector: worker.nodeSelector }),
    ...(worker && worker.tolerations.length > 0 && { tolerations: worker.tolerations }),
    ...(worker?.priorityClassName !== undefined && { priorityClassName: worker.priorityClassName }),
    ...(hostAliases.length > 0 && { hostAliases }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      // A claim with millions of files must not be walked through for every run.
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(companions && { initContainers: companions.initContainers }),
    containers: [container(pod)],
    volumes: [
      {
        name: 'task',
        downwardAPI: {
          defaultMode: 0o440,
          items: [{ path: 'task.json', fieldRef: { fieldPath: `metadata.annotations['${notes.task}']` } }],
        },
      },
      { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
      ...mounts.map(volume),
      ...(companions?.volumes ?? []),
    ],
  };
}

function container({ settings, mounts, worker, companions }: WorkerPod): object {
  return {
    name: workerContainer,
    image: settings.workerImage,
    imagePullPolicy: settings.pullPolicy,
    args: ['worker'],
    ports: [{ name: 'progress', containerPort: workerPaths.progressPort, protocol: 'TCP' }],
    resources: workerResources(worker?.resources ?? {}),
    securityContext: containerSecurity,
    terminationMessagePath: workerPaths.terminationMessage,
    terminationMessagePolicy: 'File',
    volumeMounts: [
      { name: 'task', mountPath: `${workerPaths.root}/task`, readOnly: true },
      { name: 'scratch', mountPath: `${workerPaths.root}/${workerPaths.scratch}` },
      { name: 'tmp', mountPath: '/tmp' },
      ...mounts.map((mount) => ({
        name: mount.path,
        mountPath: `${workerPaths.root}/${mount.path}`,
        ...(mount.kind === 'secret' && { readOnly: true }),
      })),
      ...(companions?.mounts ?? []),
    ],
  };
}

function volume(mount: Mount): object {
  if (mount.kind === 'claim') {
    return { name: mount.path, persistentVolumeClaim: { claimName: mount.claimName } };
  }
  return {
    name: mount.path,
    secret: {
      secretName: mount.secretName,
      optional: true,
      defaultMode: 0o440,
      ...(mount.key !== undefined && { items: [{ key: mount.key, path: mount.key }] }),
    },
  };
}
