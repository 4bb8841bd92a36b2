import type { Settings } from '../../src/operator/settings.ts';

/** What an installation fixes, as small as it may be. */
export const someSettings: Settings = {
  namespace: 'pgcairn-system',
  podName: 'pgcairn-0',
  podLabels: { app: 'operator' },
  workerImage: 'registry.test/worker:1',
  drillServerImage: 'registry.test/postgres:{major}',
  pullPolicy: 'IfNotPresent',
  pullSecrets: [],
  watchNamespaces: [],
};
