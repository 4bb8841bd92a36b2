import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { Task } from '../../src/task/task.ts';
import { parseManifestFile } from '../../src/worker/manifest-file.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Ending, WorkerPod } from './worker-harness.ts';
import { backupIdentity, backupTask, listVolume, makePod, repositoryOn, runOf } from './worker-harness.ts';

const repository = repositoryOn(undefined, undefined);
let server: PostgresServer;
let pod: WorkerPod;

beforeAll(async () => {
  server = await startServer('18');
  await server.createDatabase('shop');
  await server.sql(
    'CREATE TABLE t AS SELECT g FROM generate_series(1, 5000) g; CREATE TABLE empty ()',
    'shop',
  );
});
afterAll(async () => {
  await server?.stop();
});
beforeEach(async () => {
  pod = await makePod({ server });
});
afterEach(async () => {
  await pod.remove();
});

const spec = (more: object = {}): object => ({ databases: { names: ['shop'] }, ...more });

async function manifestOf(runId: string): Promise<{ manifest: Manifest; digest: string }> {
  const read = parseManifestFile(
    await readFile(join(pod.volume, 'shop/shop', runId, 'manifest.json')),
    undefined,
  );
  if ('fault' in read) throw new Error(read.fault);
  return read;
}

async function runIds(): Promise<string[]> {
  const manifests = (await listVolume(pod)).filter((path) => path.endsWith('/manifest.json'));
  return manifests.map((path) => path.split('/')[2] ?? '');
}

function stored(ending: Ending): unknown {
  return ending.report.kind === 'backup' || ending.report.kind === 'inspect'
    ? ending.report.stored
    : undefined;
}

test('runs are numbered, and each names the digest of the one before', async () => {
  const tasks = [backupTask(repository, spec()), backupTask(repository, spec())] as const;
  for (const task of tasks) runOf(await pod.run(task));
  const [first, second] = await Promise.all(tasks.map(({ run }) => manifestOf(run.id)));

  expect(first!.manifest.sequence).toBe(1);
  expect(second!.manifest).toMatchObject({
    sequence: 2,
    previous: { runId: tasks[0].run.id, digest: first!.digest },
  });
});

describe('retention', () => {
  test('removes what the rules give up, and says what is left', async () => {
    const retention = { keepLast: 2, minimumVerified: 1 };
    const tasks = Array.from({ length: 4 }, () => backupTask(repository, spec({ retention })));
    const endings: Ending[] = [];
    for (const task of tasks) endings.push(await pod.run(task));

    expect(await runIds()).toEqual(tasks.slice(2).map(({ run }) => run.id));
    expect(stored(endings.at(-1)!)).toMatchObject({ runs: 2, removedRuns: 1 });
    expect((await listVolume(pod)).filter((path) => path.includes(tasks[0]!.run.id))).toEqual([]);
  });

  test('stops at a run that lost most of its rows, which is kept and marked', async () => {
    const before = [backupTask(repository, spec()), backupTask(repository, spec())];
    for (const task of before) runOf(await pod.run(task));
    await server.sql('DELETE FROM t WHERE g > 100', 'shop');
    const after = backupTask(repository, spec({ retention: { keepLast: 1, minimumVerified: 1 } }));
    const ending = await pod.run(after);
    await server.sql('INSERT INTO t SELECT generate_series(101, 5000)', 'shop');

    expect(runOf(ending)).toMatchObject({ suspicious: true, verifiedTo: 'Inventoried' });
    expect(ending.report).toMatchObject({
      notes: expect.arrayContaining([expect.stringContaining('5,000 to 100 rows')]),
    });
    expect(stored(ending)).toMatchObject({
      runs: 3,
      removedRuns: 0,
      retentionHeld: expect.stringContaining('suspicious'),
    });
    expect(await runIds()).toEqual([...before, after].map(({ run }) => run.id));
  });

  test('leaves the newest run that holds the rows, once runs hold the schema only', async () => {
    const retention = { keepLast: 1, minimumVerified: 1 };
    const full = Array.from({ length: 2 }, () => backupTask(repository, spec({ retention })));
    const schemaOnly = Array.from({ length: 3 }, () =>
      backupTask(repository, spec({ retention, logical: { content: 'SchemaOnly' } })),
    );
    const endings: Ending[] = [];
    for (const task of [...full, ...schemaOnly]) endings.push(await pod.run(task));

    expect(await runIds()).toEqual([full.at(-1)!, schemaOnly.at(-1)!].map(({ run }) => run.id));
    expect(stored(endings.at(-1)!)).toMatchObject({
      runs: 2,
      removedRuns: 1,
      retentionHeld: `run ${full.at(-1)!.run.id} stays: no newer run holds as much of database shop`,
    });
  });

  test('does not happen after a run that failed', async () => {
    const good = [backupTask(repository, spec()), backupTask(repository, spec())];
    for (const task of good) runOf(await pod.run(task));
    const failing = backupTask(
      repository,
      spec({ databases: { names: ['nowhere'] }, retention: { keepLast: 1 } }),
    );
    const ending = await pod.run(failing);

    expect(ending).toMatchObject({ exitCode: 64, report: { kind: 'failed', reason: 'DatabaseAbsent' } });
    expect(await runIds()).toEqual(good.map(({ run }) => run.id));
  });
});

describe('the folder of a backup', () => {
  test('passes to an object that was made again, and is refused to both once the one before comes back', async () => {
    const other = '22222222-2222-2222-2222-222222222222';
    runOf(await pod.run(backupTask(repository, spec())));
    const going = join(pod.volume, 'shop/shop/20260101T000000Z-going/shop.dump');
    await mkdir(join(going, '..'));
    await writeFile(going, 'of a run that goes on');
    runOf(await pod.run(backupTask(repository, spec(), { uid: other })));
    expect(await readFile(going, 'utf8')).toBe('of a run that goes on');
    const marker = JSON.parse(await readFile(join(pod.volume, 'shop/shop/OWNER.json'), 'utf8')) as object;
    expect(marker).toMatchObject({ uid: other, succeeded: [{ uid: backupIdentity.uid }] });

    const late = backupTask(repository, spec());
    const ending = await pod.run(late);
    expect(ending).toMatchObject({ exitCode: 64, report: { kind: 'failed', reason: 'PrefixForeign' } });
    expect(await runIds()).not.toContain(late.run.id);
    const next = await pod.run(backupTask(repository, spec(), { uid: other }));
    expect(next.report).toMatchObject({ kind: 'failed', reason: 'PrefixForeign' });
    expect(await readFile(going, 'utf8')).toBe('of a run that goes on');
  });

  test('keeps what is not a run, and loses folders without a manifest', async () => {
    const half = '20260101T000000Z-dead';
    const foreign = ['shop/shop/notes.txt', 'shop/shop2/20260101T000000Z-dead/x.dump', 'other.txt'];
    for (const path of [...foreign, `shop/shop/${half}/shop.dump`]) {
      await mkdir(join(pod.volume, path, '..'), { recursive: true });
      await writeFile(join(pod.volume, path), 'x');
    }
    const ending = await pod.run(backupTask(repository, spec()));

    expect(stored(ending)).toMatchObject({ sweptObjects: 1 });
    const left = await listVolume(pod);
    expect(left).toEqual(expect.arrayContaining(foreign));
    expect(left.filter((path) => path.includes('shop/shop/20260101'))).toEqual([]);
  });
});

describe('inspect', () => {
  const inspect = (id: string): Task => ({
    version: 1,
    kind: 'inspect',
    repository,
    backup: backupIdentity,
    run: { id },
  });

  test('gives the facts that the run itself reported', async () => {
    const task = backupTask(repository, spec());
    const run = runOf(await pod.run(task));
    expect((await pod.run(inspect(task.run.id))).report).toMatchObject({ kind: 'inspect', run });
  });

  test('of a run that is not there has no run', async () => {
    const { report, exitCode } = await pod.run(inspect('20260101T000000Z-none'));
    expect(exitCode).toBe(0);
    expect(report).toEqual({
      version: 1,
      kind: 'inspect',
      stored: { runs: 0, bytes: 0, removedRuns: 0, sweptObjects: 0 },
    });
  });

  test.each([
    ['an object that became shorter', 'shop.dump', (file: Buffer) => file.subarray(0, file.length - 1)],
    ['a manifest that is cut', 'manifest.json', (file: Buffer) => file.subarray(0, 200)],
  ])('of a run with %s says that the manifest does not hold', async (_, name, change) => {
    const task = backupTask(repository, spec());
    runOf(await pod.run(task));
    const path = join(pod.volume, 'shop/shop', task.run.id, name);
    await writeFile(path, change(await readFile(path)));
    expect((await pod.run(inspect(task.run.id))).report).toMatchObject({
      kind: 'failed',
      reason: 'ManifestInvalid',
    });
  });
});

describe('prune', () => {
  const prune: Task = { version: 1, kind: 'prune', repository, backup: backupIdentity };

  test('removes every run of the backup and nothing else', async () => {
    for (let i = 0; i < 2; i += 1) runOf(await pod.run(backupTask(repository, spec())));
    const { report } = await pod.run(prune);
    expect(report).toMatchObject({ kind: 'prune', removedRuns: 2 });
    expect(await listVolume(pod)).toEqual(['README.md']);
  });

  test('removes nothing of an object that was made again under the name', async () => {
    runOf(await pod.run(backupTask(repository, spec())));
    runOf(await pod.run(backupTask(repository, spec(), { uid: '33333333-3333-3333-3333-333333333333' })));
    expect((await pod.run(prune)).report).toMatchObject({ kind: 'failed', reason: 'PrefixForeign' });
    expect(await runIds()).toHaveLength(2);
  });
});

test('a level below Inventoried is recorded as what it is', async () => {
  for (const level of ['Stored', 'Decoded'] as const) {
    const task = backupTask(repository, spec({ verification: { level } }));
    const run = runOf(await pod.run(task));
    const { manifest } = await manifestOf(task.run.id);
    expect(run.verifiedTo).toBe(level);
    expect(run.rows).toBe(level === 'Stored' ? undefined : 5000);
    expect(manifest.verification.steps.map((step) => step.level)).toEqual(
      level === 'Stored' ? ['Stored'] : ['Stored', 'Decoded'],
    );
  }
});

test('what the spec leaves out is left out, and said', async () => {
  const logical = { exclude: { tableData: ['public.t'] }, globals: 'None' };
  const ending = await pod.run(backupTask(repository, spec({ logical })));
  expect(runOf(ending)).toMatchObject({ rows: 0, tables: 1 });
  expect(ending.report).toMatchObject({
    notes: expect.arrayContaining([expect.stringContaining('filters')]),
  });
  const nothing = backupTask(repository, spec({ logical: { include: { tables: ['public.none'] } } }));
  expect((await pod.run(nothing)).report).toMatchObject({ kind: 'failed', reason: 'NothingMatches' });
});

test.each([
  ['no JSON', '{'],
  ['of another version', JSON.stringify({ version: 2, kind: 'backup' })],
  ['with a field too many', JSON.stringify({ ...backupTask(repository), surprise: 1 })],
])('a task that is %s is refused with its own exit code', async (_, text) => {
  const { exitCode, report } = await pod.run(text);
  expect(exitCode).toBe(65);
  expect(report).toMatchObject({ kind: 'failed', reason: 'TaskInvalid' });
});
