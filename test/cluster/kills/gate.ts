import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../harness/cluster.ts';
import type { Forward } from '../stage/forward.ts';
import { forward } from '../stage/forward.ts';
import { apply } from '../stage/objects.ts';
import { podOf } from '../stage/pod.ts';
import type { Shop } from '../stage/shop.ts';
import type { Rule } from './gate-server.ts';

/** The door to the store: a proxy in the cluster that holds the requests that a test names. */
export interface Gate extends AsyncDisposable {
  /** Holds what these rules match from now on, and lets go of what was held before. */
  hold(rules: readonly Rule[]): Promise<void>;
  release(): Promise<void>;
  /** The same after so many seconds, when nobody may be able to ask for it. */
  releaseAfter(seconds: number): Promise<void>;
  /** Names of the rules that hold something. */
  held(): Promise<readonly string[]>;
}

/** Puts the Service `gate` in front of the Service `s3`; it runs on the node of the operator's image. */
export async function openGate(cluster: Cluster, shop: Shop, image: string): Promise<Gate> {
  const program = readFileSync(join(import.meta.dirname, 'gate-server.ts'), 'utf8');
  const pod = podOf('gate', {
    image,
    script: 'exec node /gate/gate-server.ts s3:7070',
    volumes: [{ name: 'gate', configMap: { name: 'gate' } }],
    mounts: [{ name: 'gate', mountPath: '/gate', readOnly: true }],
  });
  const ports = [7070, 7071].map((port) => ({ name: `p${port}`, port }));
  await apply(
    shop,
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'gate' },
      data: { 'gate-server.ts': program },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'gate' },
      spec: { selector: { app: 'gate' }, ports },
    },
    pod,
  );
  await shop.kubectl(['wait', 'pod/gate', '--for=condition=Ready', '--timeout=120s']);
  const open = (): Promise<Forward> => forward(cluster, shop.namespace, 'gate', 7071);
  let control = await open();
  const askOnce = async (path: string, init?: RequestInit): Promise<readonly string[]> => {
    const answer = await fetch(`http://127.0.0.1:${control.port}${path}`, init);
    return (await answer.json()) as readonly string[];
  };
  const ask = async (path = '/', init?: RequestInit): Promise<readonly string[]> => {
    try {
      return await askOnce(path, init);
    } catch {
      // A forward ends with the kubelet, and now and then by itself.
      await control[Symbol.asyncDispose]();
      control = await open();
      return await askOnce(path, init);
    }
  };
  const hold: Gate['hold'] = async (rules) => {
    await ask('/', { method: 'PUT', body: JSON.stringify(rules) });
  };
  return {
    hold,
    release: () => hold([]),
    releaseAfter: async (seconds) => {
      await ask(`/?after=${seconds}`, { method: 'PUT', body: '[]' });
    },
    held: () => ask(),
    [Symbol.asyncDispose]: () => control[Symbol.asyncDispose](),
  };
}
