import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connection, ConnectionSource } from './connection.ts';

/** Folder where the kubelet keeps `token`, `ca.crt` and `namespace` of the pod's service account. */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The pod's own service account. `host` and `port` are the values of KUBERNETES_SERVICE_HOST and
 * KUBERNETES_SERVICE_PORT; the host may be an IPv6 address.
 */
export function inClusterSource(place: { host: string; port: string; folder: string }): ConnectionSource {
  const host = place.host.includes(':') ? `[${place.host}]` : place.host;
  return {
    async load(): Promise<Connection> {
      const [token, ca, namespace] = await Promise.all(
        ['token', 'ca.crt', 'namespace'].map((name) => readMounted(join(place.folder, name))),
      );
      return {
        server: `https://${host}:${place.port}`,
        tls: { ca: ca ?? '' },
        bearerToken: (token ?? '').trim(),
        namespace: (namespace ?? '').trim(),
      };
    },
  };
}

async function readMounted(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(
      `cannot read ${path}: the pod needs a mounted service account token (automountServiceAccountToken)`,
      { cause },
    );
  }
}
