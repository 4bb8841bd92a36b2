import { join } from 'node:path';
import { afterEach } from 'vitest';
import { cacheDir } from '../../../scripts/tools/cache.ts';
import { kubectlFor } from '../harness/kubectl.ts';
import { openCluster } from '../harness/open.ts';
import { say } from '../../../scripts/tools/say.ts';

/** After a test that failed, writes objects, Events and logs of these namespaces into the cache, and says where. */
export function keepWhatFailed(...namespaces: readonly string[]): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const folder = join(cacheDir(), 'failed', task.id);
    const kubectl = kubectlFor(await openCluster());
    for (const namespace of namespaces) await kubectl.collect(namespace, join(folder, namespace));
    say(`${task.name}: what was in the cluster is kept in ${folder}`);
  });
}
