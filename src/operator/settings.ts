/** What an installation fixes for its operator: nothing here can be set by the owner of an object. */
export interface Settings {
  /** The operator's own namespace: home of its Leases. */
  readonly namespace: string;
  readonly podName: string;
  /** Labels of the operator's pods; workers let only them ask for progress. */
  readonly podLabels: Readonly<Record<string, string>>;
  readonly workerImage: string;
  /** Image of the throw-away servers of drills that name none; `{major}` in it stands for the run's major. */
  readonly drillServerImage: string;
  readonly pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Names of image pull Secrets; they must exist in the namespaces of the objects. */
  readonly pullSecrets: readonly string[];
  /** Service account of workers; absent: `default`. Its token is never mounted. */
  readonly workerServiceAccount?: string;
  /** Namespaces to watch; empty: all of them. */
  readonly watchNamespaces: readonly string[];
}
