import type { ManifestObject } from '../harness/kubectl.ts';

export interface DatabaseServer {
  /** Of its pod, its Service, and the Secret with the connection. */
  readonly name: string;
  readonly image: string;
  /** Number of the user that it runs under, which its image knows. */
  readonly user: number;
  /** SQL that fills its database `shop`. */
  readonly sql: string;
  readonly password: string;
}

/** A PostgreSQL that "somebody else runs", as small as it gets: it is there to be backed up once. */
export function databaseServer({ name, image, user, sql, password }: DatabaseServer): ManifestObject[] {
  const secret = { host: name, port: '5432', dbname: 'shop', username: 'postgres', password };
  return [
    { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData: secret },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { 'fill.sql': sql } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ port: 5432 }] },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, labels: { app: name, role: 'source' } },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 5,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: user,
          runAsGroup: user,
          fsGroup: user,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [container(name, image)],
        volumes: [
          ...['data', 'run', 'tmp'].map((volume) => ({ name: volume, emptyDir: {} })),
          { name: 'sql', configMap: { name } },
        ],
      },
    },
  ];
}

function container(secret: string, image: string): object {
  return {
    name: 'postgresql',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['-c', 'fsync=off', '-c', 'shared_buffers=32MB'],
    env: [
      { name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: secret, key: 'password' } } },
      { name: 'POSTGRES_DB', value: 'shop' },
      { name: 'POSTGRES_INITDB_ARGS', value: '--no-sync' },
      { name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' },
    ],
    resources: { requests: { cpu: '10m', memory: '48Mi' } },
    // Nothing is run in the container: what a probe leaves behind when it is cut off becomes a child of the server, which
    // takes the death of an unknown child for a crash.
    readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'data', mountPath: '/var/lib/postgresql/data' },
      { name: 'run', mountPath: '/var/run/postgresql' },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'sql', mountPath: '/docker-entrypoint-initdb.d' },
    ],
  };
}
