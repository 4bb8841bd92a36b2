import type { ImageArchive } from '../../../scripts/images/archive.ts';

export const backends = ['kubeconfig', 'kind', 'native'] as const;
export type Backend = (typeof backends)[number];

/** A real Kubernetes cluster that runs. */
export interface Cluster {
  readonly name: Backend;
  readonly kubeconfigPath: string;
  /** For child processes: KUBECONFIG, and a PATH on which `kubectl` and `helm` fit the cluster. */
  readonly env: Readonly<Record<string, string>>;
  /** Address of this machine that pods reach, where the backend knows one. */
  readonly hostAddress: string | undefined;
  /** Makes an image available to pods and gives the reference that they must use, with imagePullPolicy IfNotPresent. */
  loadImage(image: ImageArchive): Promise<string>;
  /** Copies what the cluster's own components logged into a folder. */
  collectLogs(folder: string): Promise<void>;
  /** Removes the cluster, unless it was given. */
  down(): Promise<void>;
}

export interface ClusterOptions {
  /** Backend by name; absent: PGCAIRN_CLUSTER, else the first that this machine has. */
  readonly backend?: Backend;
  /** Clusters of different names stand side by side (kind, native). Default: PGCAIRN_CLUSTER_NAME, else `pgcairn`. */
  readonly name?: string;
}
