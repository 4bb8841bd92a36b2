import type { KubeObject, ResourceType } from '../../base/resource.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createKubeClient } from '../../kube/http-client.ts';
import { createTransport } from '../../kube/transport.ts';
import type { Surroundings } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

export interface Cluster {
  readonly client: KubeClient;
  /** That of the flag, else of the kubeconfig's context, else `default`. */
  readonly namespace: string;
}

/** Connects to the cluster that kubectl would talk to, for `work`. Throws `UsageError` for a kubeconfig that is none. */
export async function withCluster<Result>(
  flags: ClusterFlags,
  surroundings: Surroundings,
  work: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const { clock, version } = surroundings;
  const source = surroundings.cluster(flags.kubeconfig, flags.context);
  const { namespace } = await source.load().catch((error: unknown) => {
    throw new UsageError((error as Error).message, { cause: error });
  });
  const userAgent = `pgcairn/${version} cli`;
  const transport = createTransport({ source, clock, random: Math.random, userAgent });
  try {
    const client = createKubeClient(transport);
    return await work({ client, namespace: flags.namespace ?? namespace ?? 'default' });
  } finally {
    await transport.close();
  }
}

/** Every object of a kind, page by page. */
export async function listAll<T extends KubeObject>(
  { client }: Cluster,
  type: ResourceType<T>,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<T[]> {
  const items: T[] = [];
  let continueToken: string | undefined;
  do {
    const page = await client.list<T>(
      type,
      {
        limit: 500,
        ...(namespace === undefined ? {} : { namespace }),
        ...(continueToken === undefined ? {} : { continueToken }),
      },
      { signal },
    );
    items.push(...page.items);
    continueToken = page.continueToken;
  } while (continueToken !== undefined && continueToken !== '');
  return items;
}
