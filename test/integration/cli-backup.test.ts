import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CliRig } from './cli-rig.ts';
import {
  backupObject,
  databaseSecret,
  drillObject,
  makeCliRig,
  repositoryObject,
  secretObject,
  signingSecret,
  storeSecret,
} from './cli-rig.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';
import { listBucket } from './worker-harness.ts';

const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));
let server: PostgresServer;
let s3: S3Server;
let rig: CliRig;

beforeAll(async () => {
  [server, s3] = await Promise.all([startServer('16'), startS3Server()]);
  await Promise.all([server.createDatabase('shop'), s3.makeBucket('backups')]);
  await server.run(interesting, 'shop');
});
afterAll(async () => {
  await Promise.all([server?.stop(), s3?.stop()]);
});
beforeEach(async () => {
  rig = await makeCliRig();
});
afterEach(() => rig.remove());

const onVolume = ['--volume', 'backups=volume'];

describe('a backup', () => {
  test('is signed, encrypted and verified on a volume, and leaves nothing else behind', async () => {
    await rig.write('repository.yaml', repositoryObject(rig.keys), signingSecret(rig.keys));
    await rig.write('backup.yaml', backupObject(), databaseSecret(server));

    const { exitCode, stdout, stderr, left } = await rig.run(['backup', '-f', '.', ...onVolume]);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^shop\/shop: run 20\d{6}T\d{6}Z-[0-9a-f]{4}\n {2}4\.1 MiB stored in /);
    expect(stdout).toMatch(/; 16 tables, 5,944 rows in 1 database\n {2}verified to Inventoried, signed\n/);
    expect(stderr).toMatch(/^ {2}preflight: .*\n/m);
    expect(stderr).toMatch(/^ {2}dumping shop: 4\.1 MiB in /m);
    const names = (await rig.stored()).map((path) => path.replace(/20\d{6}T\d{6}Z-[0-9a-f]{4}/, 'RUN'));
    expect(names).toEqual([
      'README.md',
      'shop/shop/RUN/globals.sql.age',
      'shop/shop/RUN/inventory.json.age',
      'shop/shop/RUN/manifest.json',
      'shop/shop/RUN/shop.dump.age',
      'shop/shop/OWNER.json',
    ]);
    expect(left).toEqual([]);
  });

  test('goes to a bucket, with Secrets of folders, of the environment and of standard input', async () => {
    const { accessKeyId, secretAccessKey } = s3.access.credentials;
    await rig.write('all.yaml', repositoryObject(undefined, s3), backupObject());
    await mkdir(join(rig.home, 'secrets/offsite-s3'), { recursive: true });
    await writeFile(join(rig.home, 'secrets/offsite-s3/AWS_ACCESS_KEY_ID'), accessKeyId);
    const flags = [
      '--secrets-dir',
      'secrets',
      '--secret-env',
      'offsite-s3:AWS_SECRET_ACCESS_KEY=KEY_OF_STORE',
    ];

    const { exitCode, stdout } = await rig.run(
      ['backup', '-f', 'all.yaml', '-f', '-', ...flags, '-o', 'json'],
      { environment: { KEY_OF_STORE: secretAccessKey }, input: JSON.stringify(databaseSecret(server)) },
    );

    expect(exitCode).toBe(0);
    const { report } = JSON.parse(stdout) as { report: { kind: string; run: { runId: string } } };
    expect(await listBucket(s3)).toContain(`shop/shop/${report.run.runId}/manifest.json`);
  });

  test('that fails says why, in the form that CI systems read, and repeats no password', async () => {
    const wrong = secretObject('shop-db', {
      uri: `postgresql://postgres:a-wrong-password@127.0.0.1:${String(server.port)}/shop`,
    });
    await rig.write('all.yaml', repositoryObject(undefined), backupObject(), wrong);

    const { exitCode, stdout, stderr, left } = await rig.run([
      'backup',
      '-f',
      'all.yaml',
      ...onVolume,
      '-o',
      'junit',
    ]);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/<testsuite name="backup.shop.shop" tests="1" failures="1"/);
    expect(stdout).toMatch(/<failure message="WrongPassword: /);
    expect(stdout + stderr).not.toMatch(/a-wrong-password/);
    expect(left).toEqual([]);
  });

  test('that waits for a lock is stopped by Ctrl-C: it publishes nothing, removes its files and ends with 130', async () => {
    await server.sql('CREATE TABLE IF NOT EXISTS held (n int)', 'shop');
    const lock = server.sql('BEGIN; LOCK TABLE held; SELECT pg_sleep(600)', 'shop').catch(() => undefined);
    await rig.write(
      'all.yaml',
      repositoryObject(undefined),
      backupObject({ limits: { lockWaitSeconds: 86_400 } }),
      databaseSecret(server),
    );
    const running = rig.start(['backup', '-f', 'all.yaml', ...onVolume]);
    await running.until(/preparing store/);
    while ((await server.sql('SELECT count(*) FROM pg_locks WHERE NOT granted', 'shop')) === '0')
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await running.folders()).not.toEqual([]);

    running.kill('SIGINT');
    const { exitCode, stdout, left } = await running.ended;

    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/failed: Interrupted/);
    expect((await rig.stored()).filter((path) => path.includes('manifest'))).toEqual([]);
    expect(left).toEqual([]);
    await server.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()",
    );
    await lock;
  });

  test('leaves the folder of an object of a cluster alone', async () => {
    await rig.write('cluster.yaml', repositoryObject(undefined), backupObject({}, { uid: 'of-the-cluster' }));
    await rig.write('here.yaml', repositoryObject(undefined), backupObject());
    await rig.write('secret.yaml', databaseSecret(server));
    const args = ['-f', 'secret.yaml', ...onVolume];
    expect(await rig.run(['backup', '-f', 'cluster.yaml', ...args])).toMatchObject({ exitCode: 0 });
    const owner = await readFile(join(rig.volume, 'shop/shop/OWNER.json'), 'utf8');

    const { exitCode, stdout } = await rig.run(['backup', '-f', 'here.yaml', ...args]);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/PrefixForeign: .*uid of-the-cluster.*pgcairn run backup\/shop -n shop/);
    expect(await readFile(join(rig.volume, 'shop/shop/OWNER.json'), 'utf8')).toBe(owner);
  });
});

describe('what cannot be begun', () => {
  const repository = (): object => repositoryObject(undefined);
  const cases: readonly {
    readonly what: string;
    readonly objects?: () => readonly (object | string)[];
    readonly args?: readonly string[];
    readonly says: RegExp;
  }[] = [
    {
      what: 'a missing file',
      args: ['-f', 'absent.yaml'],
      says: /absent\.yaml cannot be read: there is no such file/,
    },
    { what: 'no file at all', args: [], says: /no file is given: name one with -f FILE/ },
    { what: 'a folder without YAML', args: ['-f', 'tmp'], says: /tmp holds no \.yaml, \.yml or \.json file/ },
    {
      what: 'a text that is not YAML',
      objects: () => [repository(), 'a: [b\nc: d\n'],
      says: /all\.yaml, document 2, line \d+: this is not YAML: /,
    },
    {
      what: 'YAML that is no object',
      objects: () => ['hello\n'],
      says: /all\.yaml, line 1: this is no object/,
    },
    {
      what: 'an unknown kind',
      objects: () => [{ ...backupObject(), kind: 'PostgresBackups' }],
      says: /all\.yaml, line 2: kind "PostgresBackups" of "pgcairn\.dev\/v1alpha1" is none that pgcairn reads/,
    },
    {
      what: 'another version of the API',
      objects: () => [{ ...backupObject(), apiVersion: 'pgcairn.dev/v1' }],
      says: /line 1: PostgresBackup shop: apiVersion: /,
    },
    {
      what: 'an unknown field',
      objects: () => [repository(), backupObject({ shedule: '@daily' })],
      says: /document 2, line 25: PostgresBackup shop: spec\.shedule: there is no such field/,
    },
    {
      what: 'a value that the schema refuses',
      objects: () => [backupObject({ limits: { retries: -1 } })],
      says: /line 15: PostgresBackup shop: spec\.limits\.retries: /,
    },
    {
      what: 'a value that only a rule beyond the schema refuses',
      objects: () => [backupObject({ schedule: '61 2 * * *' })],
      says: /line 14: PostgresBackup shop: spec\.schedule: /,
    },
    {
      what: 'a missing Secret',
      objects: () => [repository(), backupObject()],
      says: /document 2, line 19: PostgresBackup shop: spec\.connection\.secretRef: Secret shop-db is not given: .*--secret shop-db=FOLDER/,
    },
    {
      what: 'a Secret without the key that is named',
      objects: () => [
        repositoryObject(rig.keys),
        backupObject(),
        databaseSecret(server),
        secretObject('pgcairn-signing', { other: 'x' }),
      ],
      says: /document 1, .*: BackupRepository offsite: spec\.signing\.keySecretRef: Secret pgcairn-signing has no key signing\.key/,
    },
    {
      what: 'the name of a repository that is not there',
      objects: () => [repository(), backupObject({ repositoryRef: { name: 'onsite' } })],
      says: /spec\.repositoryRef\.name: the files hold no BackupRepository onsite in namespace shop, but shop\/offsite/,
    },
    {
      what: 'a repository in another namespace',
      objects: () => [repository(), backupObject({}, { namespace: 'till' }), databaseSecret(server)],
      says: /no BackupRepository offsite in namespace till, but shop\/offsite/,
    },
    {
      what: 'no PostgresBackup',
      objects: () => [repository(), drillObject()],
      says: /the files hold no PostgresBackup/,
    },
    {
      what: 'two of them',
      objects: () => [repository(), backupObject(), backupObject({}, { name: 'till' })],
      says: /2 objects of kind PostgresBackup: shop\/shop, shop\/till\. Choose one with --name/,
    },
    {
      what: 'the same object twice',
      objects: () => [backupObject(), backupObject()],
      says: /document 2, line \d+: PostgresBackup shop\/shop is given twice; the other is at all\.yaml, document 1/,
    },
    {
      what: 'a claim without a folder',
      objects: () => [repository(), backupObject(), databaseSecret(server)],
      args: ['-f', 'all.yaml'],
      says: /spec\.volume\.claimName: no folder stands for claim backups: give --volume backups=FOLDER/,
    },
    {
      what: 'a folder that is not there',
      args: ['-f', 'all.yaml', '--volume', 'backups=elsewhere'],
      objects: () => [repository(), backupObject(), databaseSecret(server)],
      says: /--volume: elsewhere cannot be read: there is no such file or folder/,
    },
    {
      what: 'a file for a folder of Secrets',
      args: ['-f', 'all.yaml', '--secrets-dir', 'all.yaml'],
      objects: () => [repository()],
      says: /--secrets-dir: all\.yaml cannot be read: it is no folder/,
    },
    {
      what: 'an environment variable that is not set',
      args: ['-f', 'all.yaml', '--secret-env', 'shop-db:password=NOT_SET'],
      objects: () => [repository()],
      says: /--secret-env shop-db:password: the environment variable that it names is not set/,
    },
    {
      what: 'a password in the place of a variable',
      args: ['-f', 'all.yaml', '--secret-env', 'shop-db:password=hunter2!'],
      objects: () => [repository()],
      says: /--secret-env must be NAME:KEY=VARIABLE, with the name of an environment variable, not its value/,
    },
    {
      what: 'a folder without programs',
      args: ['-f', 'all.yaml', '--postgres', 'volume', ...onVolume],
      objects: () => [repository(), backupObject(), databaseSecret(server)],
      says: /--postgres: neither volume nor a bin folder in it holds pg_dump/,
    },
    { what: 'an unknown flag', args: ['--fiel', 'x'], says: /error: unknown option '--fiel'/ },
  ];

  test.each(cases)('$what: one line that says so, and exit code 64', async ({ objects, args, says }) => {
    if (objects !== undefined) await rig.write('all.yaml', ...objects());

    const { exitCode, stdout, stderr, left } = await rig.run([
      'backup',
      ...(args ?? ['-f', 'all.yaml', ...onVolume]),
    ]);

    expect(stderr).toMatch(says);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('(Did you mean')),
    ).toHaveLength(1);
    expect(stderr).not.toMatch(/hunter2/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(await rig.stored()).toEqual([]);
    expect(left).toEqual([]);
  });
});

test('a store that is refused fails before anything is dumped, and the key is in no output', async () => {
  await rig.write('all.yaml', repositoryObject(undefined, s3), backupObject(), databaseSecret(server));
  await rig.write('store.yaml', storeSecret(s3));
  const environment = { WRONG: 'the-wrong-secret-key' };

  const { exitCode, stdout, stderr, left } = await rig.run(
    [
      'backup',
      '-f',
      'all.yaml',
      '-f',
      'store.yaml',
      '--secret-env',
      'offsite-s3:AWS_SECRET_ACCESS_KEY=WRONG',
    ],
    { environment },
  );

  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/^shop\/shop: failed: StoreCredentialsRefused: /);
  expect(stdout + stderr).not.toMatch(/the-wrong-secret-key/);
  expect(left).toEqual([]);
});
