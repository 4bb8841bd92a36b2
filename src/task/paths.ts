import { workerPort } from '../api/v1alpha1/backup-drill-checks.ts';

/**
 * Where a worker finds what it works with, relative to its root (`/run/pgcairn` in a pod, a temporary folder on a
 * laptop). Each Secret of a spec is a folder with one file a key. A folder that is absent or empty means that the
 * Secret does not exist: the mounts are optional, so that the worker can say so instead of a pod that never starts.
 */
export const workerPaths = {
  root: '/run/pgcairn',
  task: 'task/task.json',
  /** connection.secretRef */
  connection: 'connection',
  /** connection.tls.caSecretKeyRef; the file is named as the key */
  connectionCa: 'connection-ca',
  /** connection.tls.clientCertSecretRef: tls.crt, tls.key */
  connectionClient: 'connection-client',
  /** s3.credentialsSecretRef */
  store: 'store',
  /** s3.caSecretKeyRef; the file is named as the key */
  storeCa: 'store-ca',
  /** signing.keySecretRef */
  signing: 'signing',
  /** Mount of volume.claimName; `volume.path` below it */
  repository: 'repository',
  /** identitySecretRef of a drill; the file is named as the key */
  identity: 'identity',
  /** Volume of a drill: `copy/` what was fetched, `data/` the server's data directory, `sort/` temporary files */
  drill: 'drill',
  /** Folder of the Unix socket of a drill's server, shared with it */
  socket: 'socket',
  /** Files between a drill and the application under test, shared with it: go, exit-code, output */
  application: 'application',
  /** Memory-backed, private to the worker: password file and the like */
  scratch: 'scratch',
  terminationMessage: '/dev/termination-log',
  progressPort: workerPort,
} as const;
