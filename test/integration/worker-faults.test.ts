import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ListMultipartUploadsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { postgresClients } from '../../scripts/tools/postgres.ts';
import { exitCodes } from '../../src/task/exit-codes.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';
import type { Keys, WorkerPod } from './worker-harness.ts';
import {
  backupTask,
  listBucket,
  listVolume,
  makeKeys,
  makePod,
  repositoryOn,
  runOf,
} from './worker-harness.ts';

let server: PostgresServer;
let s3: S3Server;
let keys: Keys;
const big = { databases: { names: ['big'] } };
const small = { databases: { names: ['small'] } };

beforeAll(async () => {
  [server, s3, keys] = await Promise.all([startServer('17'), startS3Server(), makeKeys()]);
  await server.createDatabase('big');
  // Does not compress, so that a run lasts long enough to be broken in the middle.
  await server.sql(
    `CREATE EXTENSION pgcrypto; CREATE TABLE noise (id int, data bytea);
     ALTER TABLE noise ALTER data SET STORAGE EXTERNAL;
     INSERT INTO noise SELECT g, gen_random_bytes(1000) || gen_random_bytes(1000) FROM generate_series(1, 30000) g`,
    'big',
  );
  await server.createDatabase('small');
  await server.sql('CREATE TABLE one AS SELECT 1 AS id', 'small');
  await s3.makeBucket('backups');
});

afterAll(async () => {
  await Promise.all([server?.stop(), s3?.stop()]);
});

/** Resolves when the dump of the running worker has put some bytes on their way. */
async function midDump(pod: WorkerPod): Promise<void> {
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    const progress = await pod.progress();
    if (progress?.step === 'dumping big' && progress.bytes > 8_000_000) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the worker never got into the dump');
}

/** Process ids of our own children whose program is `name`. */
function childrenNamed(name: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        const [, after = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
        const parent = Number(after.split(' ')[1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name;
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function unfinishedUploads(): Promise<number> {
  const { Uploads } = await s3.client.send(new ListMultipartUploadsCommand({ Bucket: 'backups' }));
  return Uploads?.length ?? 0;
}

/** What is there of a run, apart from its manifest's absence. */
async function expectNothingPublished(runId: string): Promise<void> {
  const keysOfRun = (await listBucket(s3)).filter((key) => key.includes(runId));
  expect(keysOfRun.filter((key) => key.endsWith('manifest.json') || key.includes('.dump'))).toEqual([]);
}

async function expectNextRunSweeps(pod: WorkerPod, failedRunId: string): Promise<void> {
  // The server notes only the second in which an upload began, and what began in that of the run is left alone.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const task = backupTask(repositoryOn(s3, keys), small);
  expect(runOf(await pod.run(task)).verifiedTo).toBe('Inventoried');
  expect((await listBucket(s3)).filter((key) => key.includes(failedRunId))).toEqual([]);
  expect(await unfinishedUploads()).toBe(0);
}

describe('a run that is broken in the middle of a dump publishes nothing, and the next one sweeps', () => {
  const cases = [
    {
      name: 'pg_dump is killed',
      breakIt: (): Promise<unknown> => {
        const pids = childrenNamed('pg_dump');
        expect(pids).toHaveLength(1);
        for (const pid of pids) process.kill(pid, 'SIGKILL');
        return Promise.resolve();
      },
      reason: /^DumpFailed$/,
    },
    {
      name: 'PostgreSQL is stopped at once',
      breakIt: (): Promise<unknown> => server.restart('immediate'),
      reason: /^(ConnectionLost|DumpFailed)$/,
    },
    {
      name: 'the backend of pg_dump is ended',
      breakIt: (): Promise<unknown> =>
        server.sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pg_dump' OR query LIKE 'COPY%noise%TO stdout%'",
        ),
      reason: /^ConnectionLost$/,
    },
  ];
  test.each(cases)('$name', async ({ breakIt, reason }) => {
    const pod = await makePod({ server, s3, keys });
    const task = backupTask(repositoryOn(s3, keys), big);
    const running = pod.run(task);
    await midDump(pod);
    await breakIt();
    const ending = await running;

    expect(ending.report).toMatchObject({ kind: 'failed', reason: expect.stringMatching(reason) });
    expect(ending.exitCode).toBe(exitCodes.retriable);
    await expectNothingPublished(task.run.id);
    expect(await unfinishedUploads()).toBe(0);
    await vi.waitFor(() => expect(childrenNamed('pg_dump')).toEqual([]), { timeout: 20_000 });
    await expectNextRunSweeps(pod, task.run.id);
    await pod.remove();
  });

  test('the worker is asked to stop', async () => {
    const pod = await makePod({ server, s3, keys });
    const task = backupTask(repositoryOn(s3, keys), big);
    const asked = new AbortController();
    const running = pod.run(task, { signal: asked.signal });
    await midDump(pod);
    asked.abort();
    const ending = await running;

    expect(ending.exitCode).toBe(143);
    expect(ending.report).toMatchObject({ kind: 'failed', reason: 'Interrupted' });
    await expectNothingPublished(task.run.id);
    expect(await unfinishedUploads()).toBe(0);
    await vi.waitFor(() => expect(childrenNamed('pg_dump')).toEqual([]), { timeout: 20_000 });
    await expectNextRunSweeps(pod, task.run.id);
    await pod.remove();
  });

  test('the store dies', async () => {
    const doomed = await startS3Server();
    await doomed.makeBucket('backups');
    const pod = await makePod({ server, s3: doomed, keys });
    const task = backupTask(repositoryOn(doomed, keys), big);
    const running = pod.run(task);
    await midDump(pod);
    await doomed.stop();
    const ending = await running;

    expect(ending.report).toMatchObject({ kind: 'failed', reason: 'StoreUnreachable' });
    expect(ending.exitCode).toBe(exitCodes.retriable);
    await vi.waitFor(() => expect(childrenNamed('pg_dump')).toEqual([]), { timeout: 20_000 });
    await pod.remove();
  });
});

describe('a worker process that is killed in the middle of a dump', () => {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

  /** Starts the real program, kills it mid-dump, and waits until it is gone. */
  async function killMidDump(
    pod: WorkerPod,
    task: ReturnType<typeof backupTask>,
    grown: () => Promise<boolean>,
  ): Promise<void> {
    await writeFile(join(pod.root, 'task/task.json'), JSON.stringify(task));
    const flags = [
      '--root',
      pod.root,
      '--termination-message',
      join(pod.root, 'killed'),
      '--client-root',
      await postgresClients(),
    ];
    const child = spawn(process.execPath, [main, 'worker', ...flags], { stdio: 'ignore' });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    while (!(await grown()) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 10));
    child.kill('SIGKILL');
    await gone;
    expect(child.signalCode).toBe('SIGKILL');
  }

  test('leaves uploads in S3 that the next run sweeps', async () => {
    const pod = await makePod({ server, s3, keys });
    const task = backupTask(repositoryOn(s3, keys), big);
    await killMidDump(pod, task, async () => (await unfinishedUploads()) > 0);

    expect(await unfinishedUploads()).toBe(1);
    await expectNothingPublished(task.run.id);
    await expectNextRunSweeps(pod, task.run.id);
    await pod.remove();
  });

  test('leaves files on a volume that the next run sweeps', async () => {
    const pod = await makePod({ server, keys });
    const repository = repositoryOn(undefined, keys);
    const task = backupTask(repository, big);
    const bytes = async (): Promise<number> => {
      const files = await readdir(pod.volume, { recursive: true, withFileTypes: true });
      const sizes = await Promise.all(
        files
          .filter((file) => file.isFile())
          .map((file) =>
            stat(join(file.parentPath, file.name)).then(
              ({ size }) => size,
              () => 0,
            ),
          ),
      );
      return sizes.reduce((sum, size) => sum + size, 0);
    };
    await killMidDump(pod, task, async () => (await bytes()) > 8_000_000);

    expect(await bytes()).toBeGreaterThan(8_000_000);
    expect(
      (await listVolume(pod)).filter((path) => path.endsWith('manifest.json') || path.endsWith('.dump.age')),
    ).toEqual([]);
    const next = backupTask(repository, small);
    const run = runOf(await pod.run(next));
    expect(await listVolume(pod)).toEqual(
      [
        'README.md',
        'shop/shop/OWNER.json',
        ...['small.dump.age', 'globals.sql.age', 'inventory.json.age', 'manifest.json'].map(
          (name) => `shop/shop/${next.run.id}/${name}`,
        ),
      ].toSorted((a, b) => a.localeCompare(b)),
    );
    expect(await bytes()).toBeLessThan(run.storedBytes + 100_000);
    await pod.remove();
  });
});

describe('another attempt at a run', () => {
  test('that was published reports it, and writes nothing', async () => {
    const pod = await makePod({ server, s3, keys });
    const task = backupTask(repositoryOn(s3, keys), small);
    const first = runOf(await pod.run(task));
    const before = await listBucket(s3);
    const again = await pod.run(task);

    expect(runOf(again)).toEqual(first);
    expect(again.exitCode).toBe(0);
    expect(await listBucket(s3)).toEqual(before);
    await pod.remove();
  });

  test('that left objects writes to names of its own, and clears the others away', async () => {
    const pod = await makePod({ server, s3, keys });
    const task = backupTask(repositoryOn(s3, keys), small);
    const stray = `shop/shop/${task.run.id}/small.dump.age`;
    await s3.client.send(new PutObjectCommand({ Bucket: 'backups', Key: stray, Body: 'half' }));
    runOf(await pod.run(task));

    const left = (await listBucket(s3)).filter((key) => key.includes(task.run.id));
    expect(left).not.toContain(stray);
    expect(left).toContain(`shop/shop/${task.run.id}/attempt-2/small.dump.age`);
    await pod.remove();
  });
});
