import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';
import type { Ending, Keys, WorkerPod } from './worker-harness.ts';
import { backupTask, listBucket, makeKeys, makePod, repositoryOn, runOf } from './worker-harness.ts';

const password = `can4ry p'a\\ss:w%rd "ü`;
let server: PostgresServer;
let s3: S3Server;
let keys: Keys;

beforeAll(async () => {
  [server, s3, keys] = await Promise.all([startServer('16'), startS3Server(), makeKeys()]);
  await server.sql(`CREATE ROLE saver LOGIN SUPERUSER PASSWORD '${password.replaceAll("'", "''")}'`);
  await server.createDatabase('shop');
  await server.sql('CREATE TABLE t AS SELECT g, md5(g::text) FROM generate_series(1, 200000) g', 'shop');
  await s3.makeBucket('backups');
});

afterAll(async () => {
  await Promise.all([server?.stop(), s3?.stop()]);
});

/** Arguments and environments of our children, as anybody with access to the node's /proc sees them. */
function childrenInTheOpen(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const parent = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
        // The S3 server of this test is our child too, and its keys are in its environment.
        if (parent !== process.pid || Number(pid) === s3.pid) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')];
      } catch {
        return [];
      }
    });
}

async function runWatched(
  pod: WorkerPod,
  task: Parameters<WorkerPod['run']>[0],
): Promise<{ ending: Ending; seen: string[] }> {
  const seen: string[] = [];
  const timer = setInterval(() => seen.push(...childrenInTheOpen()), 5);
  const ending = await pod.run(task);
  clearInterval(timer);
  return { ending, seen };
}

/** The canaries, in the forms in which they could leak. */
function canaries(): string[] {
  const secret = s3.access.credentials.secretAccessKey;
  const keyLine = keys.signingPem.split('\n')[1] ?? '';
  return [password, 'can4ry', secret, keyLine].flatMap((value) => [
    value,
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
  ]);
}

function expectNoCanary(texts: readonly string[]): void {
  for (const canary of canaries()) expect(texts.filter((text) => text.includes(canary))).toEqual([]);
}

async function storedTexts(): Promise<string[]> {
  return await Promise.all(
    (await listBucket(s3)).map((key) => readFile(join(s3.folder, 'backups', key), 'latin1')),
  );
}

test('a good run leaks no secret into log, report, arguments, environments or objects', async () => {
  const pod = await makePod({ server, s3, keys, user: 'saver', password });
  const spec = { databases: { names: ['shop'] }, logical: { globals: 'RolesWithPasswords' } };
  const { ending, seen } = await runWatched(pod, backupTask(repositoryOn(s3, keys), spec));

  runOf(ending);
  expect(seen.some((text) => text.includes('pg_dump'))).toBe(true);
  expectNoCanary([ending.log, JSON.stringify(ending.report), ...seen, ...(await storedTexts())]);
  await pod.remove();
});

const canaryInsteadOf = 'can4ry-of-a-wrong-one';
test.each([
  ['a wrong password', { password: `${password}${canaryInsteadOf}` }, {}, 'WrongPassword'],
  ['a server that is not there', { port: 1 }, {}, 'CannotConnect'],
  ['a database that is not there', {}, { databases: { names: ['can4ry-free'] } }, 'DatabaseAbsent'],
] as const)('%s leaks no secret and says what is wrong', async (_, secrets, spec, reason) => {
  const pod = await makePod({ server, s3, keys, user: 'saver', password, ...secrets });
  const { ending, seen } = await runWatched(pod, backupTask(repositoryOn(s3, keys), spec));

  expect(ending.report).toMatchObject({ kind: 'failed', reason });
  const texts = [ending.log, JSON.stringify(ending.report), ...seen];
  expectNoCanary(texts.map((text) => text.replaceAll('can4ry-free', '')));
  await pod.remove();
});

test('a bucket that is not there leaks no secret and says what is wrong', async () => {
  const pod = await makePod({ server, s3, keys, user: 'saver', password });
  const ending = await pod.run(backupTask(repositoryOn(s3, keys, 'nowhere')));

  expect(ending.report).toMatchObject({ kind: 'failed', reason: 'BucketAbsent' });
  expectNoCanary([ending.log, JSON.stringify(ending.report)]);
  await pod.remove();
});

test('a signing key that is none leaks nothing of it', async () => {
  const broken = { ...keys, signingPem: `can4ry${keys.signingPem.slice(40)}` };
  const pod = await makePod({ server, s3, keys: broken, user: 'saver', password });
  const ending = await pod.run(backupTask(repositoryOn(s3, keys)));

  expect(ending.report).toMatchObject({ kind: 'failed', reason: 'SigningKeyInvalid' });
  expectNoCanary([ending.log, JSON.stringify(ending.report)]);
  await pod.remove();
});
