import type { BackupDrill, DrillRecord } from '../../../src/api/v1alpha1/backup-drill.ts';
import type { Cluster } from '../harness/cluster.ts';
import type { ManifestObject } from '../harness/kubectl.ts';
import { kubectlFor, waitFor } from '../harness/kubectl.ts';

/** The BackupDrills of one namespace, as a test looks at them. */
export interface Drills {
  get(name: string): Promise<BackupDrill>;
  /** Waits until so many drills have ended and none is on its way; the newest. */
  ended(name: string, count?: number): Promise<DrillRecord>;
  /** Waits for a drill pod to run its worker; its name. */
  pod(name: string): Promise<string>;
}

const patience = { timeoutSeconds: 300 };

/** Small enough for many drills at once on one node. */
export const modest = {
  server: {
    resources: { requests: { cpu: '20m', memory: '96Mi' }, limits: { memory: '512Mi' } },
    volume: { size: '512Mi' },
  },
  worker: { resources: { requests: { cpu: '20m', memory: '96Mi' } } },
} as const;

/** A drill of the backup `shop` without a schedule, so that it runs at once; `spec` is laid over. */
export function drillOf(name: string, spec: object = {}): ManifestObject {
  return {
    apiVersion: 'pgcairn.dev/v1alpha1',
    kind: 'BackupDrill',
    metadata: { name },
    spec: {
      source: { backupRef: { name: 'shop' } },
      identitySecretRef: { name: 'shop-age-identity' },
      ...modest,
      ...spec,
    },
  };
}

export function drillsIn(cluster: Cluster, namespace: string): Drills {
  const kubectl = kubectlFor(cluster);
  const get: Drills['get'] = async (name) => {
    const found = await kubectl.get<BackupDrill>('pgdrill', name, namespace);
    if (found === undefined) throw new Error(`there is no pgdrill ${name}`);
    return found;
  };
  const describe = (name: string) => (): Promise<string> =>
    kubectl.run(['describe', 'pgdrill', name, '-n', namespace]);
  return {
    get,
    ended: (name, count = 1) =>
      waitFor(
        `drill ${name} to end`,
        async () => {
          const { status } = await get(name);
          if (status?.currentRun !== undefined || (status?.history ?? []).length < count) return undefined;
          return status?.lastRun;
        },
        { ...patience, describe: describe(name) },
      ),
    pod: (name) =>
      waitFor(
        `the worker of drill ${name}`,
        async () => {
          interface Pod {
            readonly metadata: { readonly name: string };
            readonly status?: {
              readonly containerStatuses?: readonly { readonly state?: { readonly running?: object } }[];
            };
          }
          const job = (await get(name)).status?.currentRun?.jobName;
          if (job === undefined) return undefined;
          const pods = await kubectl.list<Pod>('pods', namespace, `batch.kubernetes.io/job-name=${job}`);
          return pods.find(({ status }) => status?.containerStatuses?.[0]?.state?.running)?.metadata.name;
        },
        { ...patience, describe: describe(name) },
      ),
  };
}
