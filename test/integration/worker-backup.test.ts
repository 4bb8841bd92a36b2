import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresClients } from '../../scripts/tools/postgres.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';
import type { Keys } from './worker-harness.ts';
import {
  ageDecryptFile,
  backupTask,
  listBucket,
  listVolume,
  makeKeys,
  makePod,
  repositoryOn,
  runOf,
} from './worker-harness.ts';

const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));
let server: PostgresServer;
let s3: S3Server;
let keys: Keys;
let work: string;

beforeAll(async () => {
  [server, s3, keys, work] = await Promise.all([
    startServer('16'),
    startS3Server(),
    makeKeys(),
    mkdtemp(join(tmpdir(), 'pgcairn-worker-test-')),
  ]);
  await server.createDatabase('shop');
  await server.run(interesting, 'shop');
  await s3.makeBucket('backups');
});

afterAll(async () => {
  await Promise.all([server?.stop(), s3?.stop(), rm(work, { recursive: true, force: true })]);
});

/** Rows of every table by name, and the schema as pg_dump prints it. */
async function contentsOf(database: string): Promise<{ rows: string; schema: string; largeObjects: string }> {
  const rows = await server.sql(
    `SELECT format('%s=%s', c.oid::regclass, (xpath('/row/c/text()', query_to_xml(
       format('SELECT count(*) AS c FROM ONLY %s', c.oid::regclass), false, true, '')))[1])
     FROM pg_class c WHERE relkind = 'r' AND c.oid >= 16384 ORDER BY 1`,
    database,
  );
  const { stdout } = await execa(
    join(await postgresClients(), '16/bin/pg_dump'),
    ['-s', '--restrict-key=same', '-d', database],
    {
      env: {
        PGHOST: server.host,
        PGPORT: String(server.port),
        PGUSER: server.user,
        PGPASSWORD: server.password,
      },
    },
  );
  return {
    rows,
    schema: stdout,
    largeObjects: await server.sql('SELECT count(*) FROM pg_largeobject_metadata', database),
  };
}

async function restore(dump: string, database: string): Promise<void> {
  await server.createDatabase(database);
  await execa(join(await postgresClients(), '16/bin/pg_restore'), ['--exit-on-error', '-d', database, dump], {
    env: {
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: server.user,
      PGPASSWORD: server.password,
    },
  });
}

describe('a run into S3', () => {
  test('is opened by stock age and pg_restore, and gives back equal rows and an equal schema', async () => {
    const pod = await makePod({ server, s3, keys });
    const task = backupTask(repositoryOn(s3, keys), { databases: { names: ['shop'] } });
    const run = runOf(await pod.run(task));
    const folder = `shop/shop/${task.run.id}`;

    expect(await listBucket(s3)).toEqual([
      'README.md',
      ...['globals.sql.age', 'inventory.json.age', 'manifest.json', 'shop.dump.age'].map(
        (name) => `${folder}/${name}`,
      ),
      'shop/shop/OWNER.json',
    ]);
    const fetched = join(work, 'shop.dump.age');
    const object = await s3.client.send(
      new GetObjectCommand({ Bucket: 'backups', Key: `${folder}/shop.dump.age` }),
    );
    await writeFile(fetched, await object.Body!.transformToByteArray());
    await ageDecryptFile(keys.identity, fetched, join(work, 'shop.dump'));
    await restore(join(work, 'shop.dump'), 'restored');
    expect(await contentsOf('restored')).toEqual(await contentsOf('shop'));
    expect(run).toMatchObject({ verifiedTo: 'Inventoried', signed: true, suspicious: false, databases: 1 });
    await pod.remove();
  });
});

describe('a run into a volume', () => {
  test('without encryption and signature says so, and its files are what the manifest says', async () => {
    const pod = await makePod({ server });
    const task = backupTask(repositoryOn(undefined, undefined), { databases: { names: ['shop'] } });
    const ending = await pod.run(task);

    expect(runOf(ending).signed).toBe(false);
    expect(ending.report).toMatchObject({
      notes: expect.arrayContaining([
        expect.stringContaining('in the clear'),
        expect.stringContaining('no signing key'),
      ]),
    });
    expect(await listVolume(pod)).toEqual(
      ['shop.dump', 'globals.sql', 'inventory.json', 'manifest.json']
        .map((name) => `shop/shop/${task.run.id}/${name}`)
        .concat('README.md', 'shop/shop/OWNER.json')
        .toSorted((a, b) => a.localeCompare(b)),
    );
    const list = await execa(join(server.bin, 'pg_restore'), [
      '--list',
      join(pod.volume, 'shop/shop', task.run.id, 'shop.dump'),
    ]);
    expect(list.stdout).toContain('TABLE DATA');
    await pod.remove();
  });

  test('is opened by the commands of its own README', async () => {
    const pod = await makePod({ server, keys });
    const task = backupTask(repositoryOn(undefined, keys), { databases: { names: ['shop'] } });
    runOf(await pod.run(task));
    const folder = join(pod.volume, 'shop/shop', task.run.id);
    await writeFile(join(folder, 'identity.txt'), keys.identity);
    await writeFile(join(folder, 'signing.pub'), keys.publicPem);
    const readme = await readFile(join(pod.volume, 'README.md'), 'utf8');
    const commands = readme
      .split(/^## /m)
      .slice(2)
      .map((section) =>
        section
          .split('\n')
          .filter((line) => line.startsWith('    '))
          .join('\n')
          .replaceAll('DATABASE', 'shop'),
      );
    const [check, verify, restoreIt] = commands.map((text) =>
      text.replace('createdb', 'dropdb --if-exists restored; createdb'),
    );

    const run = (text: string) =>
      execa('bash', ['-eo', 'pipefail', '-c', text], {
        cwd: folder,
        env: {
          PATH: `${server.bin}:/usr/bin:/bin`,
          PGHOST: server.host,
          PGPORT: String(server.port),
          PGUSER: server.user,
          PGPASSWORD: server.password,
        },
        reject: false,
      });
    const checked = await run(check!);
    expect(checked.stdout.split('\n')).toEqual(
      expect.arrayContaining(['shop.dump.age: OK', 'globals.sql.age: OK', 'inventory.json.age: OK']),
    );
    expect((await run(verify!)).stdout).toContain('Signature Verified Successfully');
    expect(await run(restoreIt!)).toMatchObject({ exitCode: 0 });
    expect(await contentsOf('restored')).toEqual(await contentsOf('shop'));
    await pod.remove();
  });
});
