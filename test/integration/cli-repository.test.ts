import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CliRig } from './cli-rig.ts';
import {
  backupObject,
  databaseSecret,
  makeCliRig,
  repositoryObject,
  signingSecret,
  storeSecret,
} from './cli-rig.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';

const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));
let server: PostgresServer;
let s3: S3Server;

beforeAll(async () => {
  [server, s3] = await Promise.all([startServer('16'), startS3Server()]);
  await Promise.all([server.createDatabase('shop'), s3.makeBucket('backups')]);
  await server.run(interesting, 'shop');
});

afterAll(async () => {
  await Promise.all([server?.stop(), s3?.stop()]);
});

interface Listed {
  readonly backups: readonly { readonly runs: readonly { readonly runId: string }[] }[];
}

async function runIdsOf(rig: CliRig, repository: readonly string[]): Promise<string[]> {
  const { stdout } = await rig.run(['list', ...repository, '-o', 'json']);
  return (JSON.parse(stdout) as Listed).backups.flatMap(({ runs }) => runs.map(({ runId }) => runId));
}

describe('two runs on a volume', () => {
  let rig: CliRig;
  const repository = ['-f', 'repository.yaml', '--volume', 'backups=volume'];
  beforeAll(async () => {
    rig = await makeCliRig();
    await rig.write('repository.yaml', repositoryObject(rig.keys), signingSecret(rig.keys));
    await rig.write('backup.yaml', backupObject(), databaseSecret(server));
    await writeFile(join(rig.home, 'public.pem'), rig.keys.publicPem);
    await rig.runWell(['backup', '-f', 'backup.yaml', ...repository]);
    await sleep(1000); // its snapshot is shown to the second
    await rig.runWell(['backup', '-f', 'backup.yaml', ...repository]);
  });
  afterAll(() => rig?.remove());

  test('are listed newest first, with what they hold', async () => {
    const { stdout, exitCode } = await rig.run(['list', ...repository]);

    const [head, newest, oldest, ...more] = stdout.trimEnd().split('\n');
    expect(exitCode).toBe(0);
    expect(head).toMatch(/^BACKUP +RUN +SNAPSHOT +AGE +VERIFIED +SIZE +DATABASES +ROWS +SIGNED +PROVEN$/);
    expect(newest).toMatch(
      /^shop\/shop +20\d{6}T\d{6}Z-[0-9a-f]{4} +20\S+Z +\d+ s +Inventoried +4\.1 MiB +shop +5944 +yes +-$/,
    );
    expect(more).toEqual([]);
    expect((newest ?? '').split(/ +/)[2]! > (oldest ?? '').split(/ +/)[2]!).toBe(true);
  });

  test('are shown in words, by the public key alone', async () => {
    const [runId = ''] = await runIdsOf(rig, repository);

    const args = ['--volume', 'volume', '--public-key', 'public.pem'];
    const { stdout, exitCode } = await rig.run(['show', runId, ...args]);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Backup: +shop\/shop, number 2\n/);
    expect(stdout).toMatch(/Signed: +yes, and the signature holds\n/);
    expect(stdout).toMatch(new RegExp(`Encrypted: +for ${rig.keys.recipient}\n`));
    expect(stdout).toMatch(/shop\.dump\.age +Dump +4\.1 MiB +sha256:[0-9a-f]{64}/);
    expect(stdout).toMatch(/Inventoried: rows of every table/);
    expect(stdout).toMatch(/Notes\n.*without their passwords/);
  });

  test('do not need a key to be read, and then say that signatures were not checked', async () => {
    const { stdout, exitCode } = await rig.run(['verify', '--all', '--volume', 'volume']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/signatures were not checked/);
    expect(stdout).toMatch(/2 runs verified: all hold\n$/);
  });

  test.each(['verify', 'evidence verify'])(
    'are signed, and `%s` does not begin without the key, unless it is told to',
    async (command) => {
      await rig.write('keyless.yaml', repositoryObject(rig.keys));
      const args = [...command.split(' '), '-f', 'keyless.yaml', '--volume', 'backups=volume'];
      const { stderr, exitCode } = await rig.run(args);
      const told = await rig.run([...args, '--skip-signatures']);

      expect(exitCode).toBe(64);
      expect(stderr).toMatch(/keyless\.yaml.*spec\.signing\.keySecretRef: .*--public-key FILE/);
      expect(told.exitCode).not.toBe(64);
      expect(await rig.run([...args, '--public-key', 'public.pem'])).toMatchObject({
        exitCode: told.exitCode,
      });
    },
  );

  test('are listed by the sources too, by the script of a checkout from any folder', async () => {
    const script = fileURLToPath(new URL('../../scripts/pgcairn.sh', import.meta.url));

    const { stdout } = await execa(script, ['list', ...repository], { cwd: rig.home });

    expect(stdout.match(/^shop\/shop /gm)).toHaveLength(2);
  });

  test('hold when they are read back', async () => {
    const { stdout, stderr, exitCode } = await rig.run(['verify', '--all', ...repository]);

    expect(exitCode).toBe(0);
    expect(stdout.match(/holds: 3 objects, 4\.1 MiB, digests equal, signature valid/g)).toHaveLength(2);
    expect(stderr).toMatch(/reading 20\S+: 4\.1 MiB in /);
  });

  test('are named as no run of this repository when the id is another', async () => {
    const { stderr, exitCode } = await rig.run(['verify', '20200101T000000Z-0000', ...repository]);

    expect(exitCode).toBe(64);
    expect(stderr).toMatch(/holds no run 20200101T000000Z-0000/);
  });

  test('are restored by hand, which who asks for a command is told', async () => {
    const { stderr, exitCode } = await rig.run(['restore', '20200101T000000Z-0000', ...repository]);

    expect(exitCode).toBe(64);
    expect(stderr).toMatch(/^pgcairn: there is no restore command: .*docs\/open-by-hand\.md/);
  });

  test.each(['shop.dump.age', 'globals.sql.age', 'inventory.json.age'])(
    'do not hold with one bit of %s changed, which is named',
    async (name) => {
      const [runId = ''] = await runIdsOf(rig, repository);
      const path = join(rig.volume, `shop/shop/${runId}/${name}`);
      const good = await readFile(path);
      const bad = Buffer.from(good);
      bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
      await writeFile(path, bad);

      const { stdout, exitCode } = await rig.run(['verify', runId, ...repository]);
      const others = await rig.run(['verify', '--all', ...repository, '-o', 'json']);
      await writeFile(path, good);

      expect(exitCode).toBe(1);
      expect(stdout).toMatch(new RegExp(`^shop/shop ${runId}: DOES NOT HOLD: ${name}: `));
      const { runs } = JSON.parse(others.stdout) as { runs: { runId: string; faults: string[] }[] };
      expect(runs.map(({ faults }) => faults.length)).toEqual([1, 0]);
    },
  );

  test('do not hold without one of their objects', async () => {
    const [runId = ''] = await runIdsOf(rig, repository);
    const path = join(rig.volume, `shop/shop/${runId}/shop.dump.age`);
    await rename(path, join(rig.home, 'aside'));

    const { stdout, exitCode } = await rig.run(['verify', ...repository]);
    await rename(join(rig.home, 'aside'), path);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`${runId}: DOES NOT HOLD: object shop.dump.age is missing`));
  });

  test('are named where their manifest is gone, though nothing tells that there was one', async () => {
    const [runId = ''] = await runIdsOf(rig, repository);
    const path = join(rig.volume, `shop/shop/${runId}/manifest.json`);
    await rename(path, join(rig.home, 'aside'));

    const { stdout, exitCode } = await rig.run(['verify', '--all', ...repository]);
    await rename(join(rig.home, 'aside'), path);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(new RegExp(`^shop/shop ${runId}: no manifest: it counts for nothing`, 'm'));
    expect(stdout).toMatch(/1 run verified: all hold\n$/);
  });

  test('do not hold with a changed manifest', async () => {
    const [runId = ''] = await runIdsOf(rig, repository);
    const path = join(rig.volume, `shop/shop/${runId}/manifest.json`);
    const good = await readFile(path, 'utf8');
    const { payload, ...envelope } = JSON.parse(good) as { payload: string };
    const changed = Buffer.from(payload, 'base64').toString().replace('5944', '5945');
    await writeFile(path, JSON.stringify({ ...envelope, payload: Buffer.from(changed).toString('base64') }));

    const verified = await rig.run(['verify', ...repository]);
    const listed = await rig.run(['list', ...repository]);
    const shown = await rig.run(['show', runId, ...repository]);
    await writeFile(path, good);

    expect(verified.exitCode).toBe(1);
    expect(verified.stdout).toMatch(
      new RegExp(`${runId}: DOES NOT HOLD: manifest.json: its signature does not hold`),
    );
    expect(listed.exitCode).toBe(0);
    expect(listed.stdout).toMatch(new RegExp(`run ${runId} does not hold: its signature does not hold`));
    expect(shown).toMatchObject({ exitCode: 1, stdout: '' });
    expect(shown.stderr).toMatch(/^pgcairn: ManifestInvalid: run \S+ cannot be believed: its signature/);
  });

  test('do not hold when the first of them is another than the second says', async () => {
    const [, first = ''] = await runIdsOf(rig, repository);
    const path = join(rig.volume, `shop/shop/${first}/manifest.json`);
    const good = await readFile(path, 'utf8');
    await writeFile(path, JSON.stringify(JSON.parse(good)));

    const { stdout, exitCode } = await rig.run(['verify', '--all', ...repository]);
    await writeFile(path, good);

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/DOES NOT HOLD: run \S+ follows a run \S+ with another manifest/);
  });
});

describe('a run in a bucket', () => {
  let rig: CliRig;
  beforeAll(async () => {
    rig = await makeCliRig();
    await rig.write('all.yaml', repositoryObject(undefined, s3), backupObject(), databaseSecret(server));
    await rig.write('store.yaml', storeSecret(s3));
    await rig.runWell(['backup', '-f', 'all.yaml', '-f', 'store.yaml']);
  });
  afterAll(() => rig?.remove());

  test('is found by its URL, with the key where the AWS tools find it', async () => {
    const { accessKeyId, secretAccessKey } = s3.access.credentials;
    const environment = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_ENDPOINT_URL: s3.endpoint,
    };

    const listed = await rig.run(['list', '--s3', 's3://backups'], { environment });
    const verified = await rig.run(['verify', '--s3', 's3://backups'], { environment });

    expect(listed.stdout).toMatch(/shop\/shop +20\S+ .* not checked +-\n$/);
    expect(verified).toMatchObject({ exitCode: 0 });
  });

  test('is not there without the key, and the key is in no output', async () => {
    const wrong = { AWS_ACCESS_KEY_ID: 'someone', AWS_SECRET_ACCESS_KEY: 'a-wrong-secret-key' };
    const environment = { ...wrong, AWS_ENDPOINT_URL: s3.endpoint };

    const { stdout, stderr, exitCode } = await rig.run(['list', '--s3', 's3://backups'], { environment });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^pgcairn: StoreCredentialsRefused: /);
    expect(stdout + stderr).not.toMatch(/a-wrong-secret-key/);
  });
});
