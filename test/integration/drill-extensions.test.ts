import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys } from './worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

/** The first that finds extensions outside its own folders. */
const major = '18';
let folder: string;
let server: PostgresServer;
let keys: Keys;
let settings: Record<string, string>;

/** Tables of an extension whose rows are the user's, and refer to each other, as PostGIS has them for topologies. */
const script = (sequence: string): string => `
CREATE TABLE @extschema@.layer (id serial PRIMARY KEY, name text, own boolean DEFAULT true);
CREATE TABLE @extschema@.feature (layer int REFERENCES @extschema@.layer, at point, EXCLUDE USING gist (at WITH ~=));
CREATE VIEW @extschema@.both AS SELECT * FROM @extschema@.layer JOIN @extschema@.feature ON layer = id;
INSERT INTO @extschema@.layer SELECT -n, 'built in', false FROM generate_series(1, 20) AS n;
SELECT pg_extension_config_dump('@extschema@.layer', 'WHERE own');
SELECT pg_extension_config_dump('@extschema@.feature', '');
${sequence}`;
const withSequence = `SELECT pg_extension_config_dump('@extschema@.layer_id_seq', '');`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgcairn-extensions-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'extension'));
  for (const [name, sequence] of [
    ['complete', withSequence],
    ['forgetful', ''],
  ] as const) {
    await writeFile(join(folder, `extension/${name}.control`), `default_version = '1.0'\n`);
    await writeFile(join(folder, `extension/${name}--1.0.sql`), script(sequence));
  }
  settings = { extension_control_path: `$system:${folder}` };
  [server, keys] = await Promise.all([startServer(major, { settings }), makeKeys()]);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function rehearse(extension: string): Promise<{
  readonly facts: ReturnType<typeof factsOf>;
  readonly details: Readonly<Record<string, string>>;
}> {
  await server.createDatabase(extension);
  // The rows that are referred to take longer to load than those that refer to them.
  await server.sql(
    `CREATE SCHEMA gis; CREATE EXTENSION ${extension} SCHEMA gis;
     INSERT INTO gis.layer (name) SELECT repeat('layer', 20) FROM generate_series(1, 100000);
     INSERT INTO gis.feature SELECT n * 1000, point(n, n) FROM generate_series(1, 100) AS n;`,
    extension,
  );
  const pod = await makeDrillPod({ server, keys });
  try {
    const repository = repositoryOn(undefined, keys);
    runOf(await pod.run(backupTask(repository, { databases: { names: [extension] } })));
    const task = drillTask(repository, { server: { settings } });
    const facts = factsOf(await pod.run(task, { localServer: await localServer(major) }));
    const { checks } = await evidenceOn(pod, facts);
    return { facts, details: Object.fromEntries(checks.map(({ id, detail }) => [id, detail])) };
  } finally {
    await pod.remove();
  }
}

test('rows in tables of an extension that refer to each other come back', async () => {
  const { facts, details } = await rehearse('complete');
  expect(facts).toMatchObject({ verdict: 'Passed', tables: 2, rows: 100_100 });
  expect(details['Restore']).toContain('(gis.layer, gis.feature)');
  expect(details['Constraints']).toContain('1 foreign key verified');
});

test('a sequence that its extension leaves out of dumps is found, and not blamed on the source', async () => {
  const { facts, details } = await rehearse('forgetful');
  expect(facts).toMatchObject({ verdict: 'Failed', reason: 'Sequences' });
  expect(details['Sequences']).toContain('sequence gis.layer_id_seq gives 1 next');
  expect(details['Sequences']).toContain('filters, or its extension, leave it out of dumps');
});
