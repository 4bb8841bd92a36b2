import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildExtendedServerImage,
  extendedMajor,
  extendedServerUser,
} from '../../scripts/images/extended-server.ts';
import { buildServerImage } from '../../scripts/images/test-servers.ts';
import { serverMajors } from '../../scripts/tools/versions.ts';
import type { PostgresBackupStatus } from '../../src/api/v1alpha1/postgres-backup.ts';
import { Evidence } from '../../src/domain/evidence.ts';
import { databaseServer } from './drill-majors/servers.ts';
import { waitFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { drillOf, drillsIn, modest } from './stage/drills.ts';
import type { Drills } from './stage/drills.ts';
import { fetchEvidence } from './stage/evidence.ts';
import { install } from './stage/install.ts';
import { keepWhatFailed } from './stage/keep.ts';
import { apply, backupOf, objectsIn } from './stage/objects.ts';
import type { Objects } from './stage/objects.ts';
import { furnishShop } from './stage/shop.ts';
import type { Shop } from './stage/shop.ts';

const namespace = 'drill-majors';
const interesting = readFileSync(join(import.meta.dirname, '../../demo/data/interesting.sql'), 'utf8');
const extended = readFileSync(join(import.meta.dirname, 'drill-majors/extended.sql'), 'utf8');
/** The major of the shop's own server, which holds the same. */
const shopMajor = '16';

/** What needs the operators, the functions and the tables of the extensions. */
const assertions = [
  {
    name: 'near',
    sql: 'SELECT count(*) FROM place WHERE ST_DWithin(at, ST_SetSRID(ST_MakePoint(12.5, 48.5), 4326), 0.05)',
    expect: { atLeast: 1 },
  },
  {
    name: 'topology',
    sql: 'SELECT count(*) FROM street WHERE ST_Length(course::geometry) = 1',
    expect: { equals: '5' },
  },
  {
    name: 'meaning',
    sql: 'SELECT id FROM article ORDER BY meaning OPERATOR(extensions.<->) (SELECT meaning FROM article WHERE id = 7) LIMIT 1',
    expect: { equals: '7' },
  },
];

let shop: Shop;
let objects: Objects;
let drills: Drills;
let images: ReadonlyMap<string, string>;

keepWhatFailed(namespace, 'pgcairn-system');

/** Every backup and every drill is asked for at once. */
beforeAll(async () => {
  const cluster = await openCluster();
  await install(cluster);
  const loaded = new Map<string, string>();
  for (const major of serverMajors) loaded.set(major, await cluster.loadImage(await buildServerImage(major)));
  loaded.set('extended', await cluster.loadImage(await buildExtendedServerImage()));
  images = loaded;
  shop = await furnishShop(cluster, namespace, { folder: join(tmpdir(), `pgcairn-${namespace}`) });
  objects = objectsIn(cluster, namespace);
  drills = drillsIn(cluster, namespace);
  const { password } = shop.secrets;
  const others = serverMajors.filter((major) => major !== shopMajor);
  await apply(
    shop,
    shop.secrets.identity,
    ...others.flatMap((major) =>
      databaseServer({
        name: `db-${major}`,
        image: imageOf(major),
        user: 10_001,
        sql: interesting,
        password,
      }),
    ),
    ...databaseServer({
      name: 'db-extended',
      image: imageOf('extended'),
      user: extendedServerUser,
      sql: extended,
      password,
    }),
  );
  await shop.applySamples();
  await shop.kubectl(['wait', 'pod', '--selector=role=source', '--for=condition=Ready', '--timeout=240s']);
  await objects.request('shop');
  await apply(
    shop,
    ...[...others, 'extended'].map((name) =>
      backupOf(name === 'extended' ? name : `major-${name}`, {
        connection: { secretRef: { name: `db-${name}` }, tls: { mode: 'Prefer' } },
      }),
    ),
    ...serverMajors.map((major) => drill(`major-${major}`, backupName(major), imageOf(major))),
    drill('extended', 'extended', imageOf('extended'), { checks: { assertions } }),
    drill('plain', 'extended', imageOf(extendedMajor)),
  );
}, 30 * 60_000);

afterAll(() => shop.remove());

function imageOf(name: string): string {
  const image = images.get(name);
  if (image === undefined) throw new Error(`no image ${name}`);
  return image;
}

function backupName(major: string): string {
  return major === shopMajor ? 'shop' : `major-${major}`;
}

function drill(name: string, backup: string, image: string, spec: object = {}): object {
  const source = { backupRef: { name: backup } };
  return drillOf(name, { source, server: { ...modest.server, image }, ...spec });
}

async function evidenceOf(name: string): Promise<Evidence> {
  for (const [path, bytes] of await fetchEvidence(shop, name))
    if (path.endsWith('/evidence.json')) return Evidence.parse(JSON.parse(bytes.toString()));
  throw new Error(`drill ${name} left no evidence`);
}

const always = ['Signature', 'Sequence', 'Digests', 'Decryption', 'Restore', 'Rows', 'Schema', 'Extensions'];
const ofContent = ['Indexes', 'Amcheck', 'Constraints', 'Triggers', 'Sequences', 'Write', 'Audit'];

/** What was checked, by what came of it. */
function outcomes({ checks }: Evidence): Readonly<Record<string, readonly string[]>> {
  const of = Object.groupBy(checks, ({ outcome }) => outcome);
  return Object.fromEntries(
    Object.entries(of).map(([outcome, some]) => [outcome, some.map(({ id }) => id).toSorted()]),
  );
}

/** The status of a backup once it knows of a drill that passed: it hears of it a moment after the drill has ended. */
function proven(name: string): Promise<PostgresBackupStatus> {
  return waitFor(
    `${name} to be proven`,
    async () => {
      const { status } = await objects.backup(name);
      return status?.lastProven && status;
    },
    { timeoutSeconds: 30 },
  );
}

/** Tables and rows of the demo's database, as its live server counts them. */
async function countShop(): Promise<{ readonly tables: number; readonly rows: number }> {
  const row = await shop.psql(
    `SELECT json_build_object('tables', count(*), 'rows', sum(
       (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) FROM ONLY %s', oid::regclass), true, true, '')))[1]::text::int))
     FROM pg_class WHERE relkind = 'r' AND relnamespace >= 16384 OR relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  return JSON.parse(row) as { tables: number; rows: number };
}

describe.each([...serverMajors])('PostgreSQL %s', (major) => {
  it('passes a drill in a server of its own major, and says how much came back', async () => {
    const record = await drills.ended(`major-${major}`);

    const status = await proven(backupName(major));
    const evidence = await evidenceOf(`major-${major}`);
    const version = status.server?.version ?? '';
    expect(version).toMatch(new RegExp(`^${major}\\.`));
    expect(record).toMatchObject({ verdict: 'Passed', reason: 'Passed', ...(await countShop()) });
    expect(status.lastProven).toMatchObject({ runId: record.backupRunId, drill: `major-${major}` });
    expect(evidence.backup?.serverVersion).toBe(version);
    expect(evidence.server).toEqual({ version, image: imageOf(major) });
    expect(outcomes(evidence)).toEqual({
      Passed: [...always, ...ofContent, 'LargeObjects'].toSorted(),
      NotChecked: ['Application', 'Assertion'],
    });
    expect(evidence.controls.map(({ outcome }) => outcome)).toEqual(['Caught', 'Caught']);
  });
});

describe('PostgreSQL with PostGIS and pgvector', () => {
  it('passes a drill in an image that has them', async () => {
    const record = await drills.ended('extended');

    const evidence = await evidenceOf('extended');
    expect(record).toMatchObject({ verdict: 'Passed', reason: 'Passed' });
    expect(outcomes(evidence)).toEqual({
      Passed: [...always, ...ofContent, ...assertions.map(() => 'Assertion')].toSorted(),
      NotChecked: ['Application', 'LargeObjects'],
    });
    const rows = Object.fromEntries(evidence.tables.map((table) => [table.name, table.restoredRows]));
    expect(rows).toMatchObject({
      spatial_ref_sys: 2,
      topology: 1,
      layer: 1,
      place: 2000,
      article: 2000,
      street: 5,
    });
  });

  it('is not judged in an image that lacks them, and the drill names them', async () => {
    const record = await drills.ended('plain');
    expect(record).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerUnfit' });
    expect(record.message).toContain(
      'lacks what the databases need: extension postgis, postgis_topology, vector',
    );
    expect(record).not.toHaveProperty('tables');
  });
});
