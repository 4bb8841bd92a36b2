import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { serverMajors } from '../../scripts/tools/postgres.ts';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import { startServer } from './servers/postgres-server.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));
const oddObjects = fileURLToPath(new URL('servers/odd-objects.sql', import.meta.url));
const awkward = fileURLToPath(new URL('servers/awkward-definitions.sql', import.meta.url));

test.each([...serverMajors])('a run of PostgreSQL %s restores into a server of its major', async (major) => {
  const [server, keys] = await Promise.all([startServer(major), makeKeys()]);
  const pod = await makeDrillPod({ server, keys });
  try {
    await server.createDatabase('shop');
    await server.run(interesting, 'shop');
    await server.createDatabase('odd', 'shop');
    await server.run(oddObjects, 'odd');
    // A table that somebody adds to an extension comes back by no dump.
    await server.sql('ALTER EXTENSION hstore DROP TABLE conf', 'odd');
    await server.run(awkward, 'odd');
    const repository = repositoryOn(undefined, keys);
    const run = runOf(await pod.run(backupTask(repository, { databases: { all: true } })));

    const facts = factsOf(await pod.run(drillTask(repository), { localServer: await localServer(major) }));

    const { checks, server: restored } = await evidenceOn(pod, facts);
    expect(checks.filter(({ outcome }) => outcome === 'Failed' || outcome === 'Undecided')).toEqual([]);
    expect(facts).toMatchObject({ verdict: 'Passed', backupRunId: run.runId });
    expect(restored?.version).toBe(run.server.version);
  } finally {
    await Promise.all([pod.remove(), server.stop()]);
  }
});
