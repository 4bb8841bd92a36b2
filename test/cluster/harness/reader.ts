import type { KubeObject, ResourceType } from '../../../src/base/resource.ts';
import { createKubeClient } from '../../../src/kube/http-client.ts';
import { kubeconfigSource } from '../../../src/kube/kubeconfig.ts';
import type { Transport } from '../../../src/kube/transport.ts';
import type { Cluster } from './cluster.ts';
import { testTransport } from './transport.ts';

/**
 * Reads objects over sockets that stay open: a kubectl for each look of a test that waits would keep a processor busy.
 * Names of kinds are those that kubectl takes.
 */
export interface Reader {
  /** Undefined where only kubectl can tell: a kind that nobody knows, a way of logging in that we do not have. */
  kind(name: string): Promise<Kind | undefined>;
  get(kind: Kind, name: string, namespace: string | undefined): Promise<KubeObject | undefined>;
  list(kind: Kind, namespace: string, selector: string | undefined): Promise<readonly KubeObject[]>;
}

export interface Kind {
  readonly type: ResourceType;
  readonly namespaced: boolean;
}

const readers = new WeakMap<Cluster, Reader>();

export function readerFor(cluster: Cluster): Reader {
  const known = readers.get(cluster);
  if (known !== undefined) return known;
  const made = openReader(cluster);
  readers.set(cluster, made);
  return made;
}

function openReader(cluster: Cluster): Reader {
  const transport = testTransport(kubeconfigSource([cluster.kubeconfigPath]));
  const client = createKubeClient(transport);
  let kinds: Promise<ReadonlyMap<string, Kind>> | undefined;
  const known = async (): Promise<ReadonlyMap<string, Kind>> => {
    kinds ??= discover(transport);
    try {
      return await kinds;
    } catch {
      kinds = undefined;
      return new Map();
    }
  };
  return {
    async kind(name) {
      const found = (await known()).get(name);
      if (found !== undefined) return found;
      // A definition may have come since.
      kinds = undefined;
      return (await known()).get(name);
    },
    get: ({ type, namespaced }, name, namespace = 'default') =>
      client.get(type, { name, namespace: namespaced ? namespace : '' }),
    list: async ({ type, namespaced }, namespace, selector) => {
      const query = {
        ...(namespaced && { namespace }),
        ...(selector !== undefined && { labelSelector: selector }),
      };
      return (await client.list(type, query)).items;
    },
  };
}

interface GroupList {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}
interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly singularName: string;
    readonly shortNames?: readonly string[];
    readonly namespaced: boolean;
    readonly kind: string;
  }[];
}

/** Every name of every kind that the API server has; where groups share a name the first has it, as in kubectl. */
async function discover(transport: Transport): Promise<ReadonlyMap<string, Kind>> {
  const read = async <T>(path: string): Promise<T> =>
    (await transport.send({ method: 'GET', path, replayable: true, lane: 'shared' }, {})) as T;
  const { groups } = await read<GroupList>('/apis');
  const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
  const lists = await Promise.all(
    versions.map(async (groupVersion) => {
      const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
      return { groupVersion, ...(await read<ResourceList>(path)) };
    }),
  );
  const kinds = new Map<string, Kind>();
  for (const { groupVersion, resources } of lists) {
    const [version = '', group = ''] = groupVersion.split('/').toReversed();
    for (const { name, singularName, shortNames = [], namespaced, kind } of resources) {
      if (name.includes('/')) continue;
      const found: Kind = { type: { group, version, kind, plural: name }, namespaced };
      const names = [name, singularName, ...shortNames, `${name}.${group}`];
      for (const each of names) if (!kinds.has(each)) kinds.set(each, found);
    }
  }
  return kinds;
}
