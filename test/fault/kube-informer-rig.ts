import { silentLogger } from '../../src/base/logger.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../src/base/resource.ts';
import { createInformer } from './kube-informer.ts';
import type { KubeInformer } from './kube-informer.ts';
import type { Transport } from '../../src/kube/transport.ts';
import { customKind, startFakeApiServer } from './fake-api-server/index.ts';
import type { FakeApiServer } from './fake-api-server/index.ts';
import { manualClock } from './fake-clock.ts';
import type { ManualClock } from './fake-clock.ts';

export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number; readonly text?: string };
}
export const widgetType: ResourceType<Widget> = {
  group: 'test.pgcairn.dev',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
};

/** A fake server and one informer on it, both on one clock that stands still. */
export interface Rig {
  readonly server: FakeApiServer;
  readonly clock: ManualClock;
  readonly informer: KubeInformer<Widget>;
  /** What subscribers were told: `added a`, `updated a`, … */
  readonly changes: string[];
  put(name: string, size: number): Widget;
  key(name: string): ObjectKey;
  /** The cache's objects as the server has them, or a description of the difference. */
  difference(): string | undefined;
  /** Runs the informer and lets it read its first list. */
  start(): Promise<void>;
  /** Time until the cache equals the server; fails after `limit` of virtual milliseconds. */
  untilEqual(limit: number): Promise<number>;
  stop(): Promise<void>;
}

export async function informerRig(
  options: {
    streamedLists?: boolean;
    wrap?: (transport: Transport) => Pick<Transport, 'send' | 'stream'>;
  } = {},
): Promise<Rig> {
  const clock = manualClock();
  const server = await startFakeApiServer({ clock, kinds: [customKind(widgetType)] });
  server.watchListEnabled = options.streamedLists ?? true;
  const transport = options.wrap === undefined ? server.transport : options.wrap(server.transport);
  const informer = createInformer<Widget>({
    transport,
    type: widgetType,
    project: ({ apiVersion, kind, metadata, ...rest }) => ({ apiVersion, kind, metadata, ...rest }),
    indexes: { size: (widget) => [String(widget.spec?.size)] },
    clock,
    random: () => 0.5,
    logger: silentLogger,
  });
  const changes: string[] = [];
  informer.subscribe((change) => changes.push(`${change.kind} ${change.object.metadata.name}`));
  const scope = new AbortController();
  let running: Promise<void> | undefined;
  const key = (name: string): ObjectKey => ({ namespace: 'n', name });

  function difference(): string | undefined {
    const state = (objects: readonly Widget[]): string =>
      JSON.stringify(
        objects
          .map(({ metadata, spec }) =>
            JSON.stringify([metadata.name, metadata.uid, metadata.resourceVersion, spec]),
          )
          .toSorted(),
      );
    const wanted = state(server.list(widgetType));
    const found = state(informer.cache.list());
    return wanted === found ? undefined : `server ${wanted}, cache ${found}`;
  }
  return {
    server,
    clock,
    informer,
    changes,
    key,
    difference,
    put(name, size) {
      const old = server.read(widgetType, key(name));
      if (old !== undefined) return server.patch(widgetType, key(name), { spec: { size } });
      const { group, version, kind } = widgetType;
      return server.seed(widgetType, {
        apiVersion: `${group}/${version}`,
        kind,
        metadata: key(name),
        spec: { size },
      });
    },
    async start() {
      running = informer.run(scope.signal);
      await clock.advanceUntil(() => informer.synced, 1_000_000);
    },
    untilEqual: (limit) => clock.advanceUntil(() => difference() === undefined, limit),
    async stop() {
      scope.abort(new Error('test over'));
      await running;
      await server.close();
    },
  };
}
