import { existsSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { exitCodes } from '../../src/task/exit-codes.ts';
import { startLocalServer } from '../../src/worker/drill/local-server.ts';
import {
  drillSteps,
  drillTask,
  evidenceOn,
  factsOf,
  giveIdentity,
  localServer,
  makeDrillPod,
} from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import { startS3Server } from './servers/s3-server.ts';
import { mountSmallVolume } from './servers/small-volume.ts';
import type { Ending, Keys, RunOptions, WorkerPod } from './worker-harness.ts';
import { backupTask, listVolume, makeKeys, makePod, repositoryOn, runOf } from './worker-harness.ts';

const major = '17';
let server: PostgresServer;
let pod: WorkerPod;
let keys: Keys;
let programs: NonNullable<RunOptions['localServer']>;
/** Where the drills of this file put their servers. */
let servers: string;

beforeAll(async () => {
  [server, keys, programs] = await Promise.all([startServer(major), makeKeys(), localServer(major)]);
  await server.createDatabase('shop');
  await server.sql(
    `CREATE TABLE item (id int PRIMARY KEY, name text);
     INSERT INTO item SELECT g, repeat(md5(g::text), 20) FROM generate_series(1, 60000) g;
     CREATE INDEX ON item (name)`,
    'shop',
  );
  pod = await makeDrillPod({ server, keys });
  runOf(await pod.run(backupTask(repositoryOn(undefined, keys), { databases: { names: ['shop'] } })));
  servers = await mkdtemp(join(tmpdir(), 'pgcairn-test-'));
  // The account that servers run as passes through.
  await chmod(servers, 0o711);
  process.env['TMPDIR'] = servers;
});
afterAll(async () => {
  delete process.env['TMPDIR'];
  await Promise.all([pod?.remove(), server?.stop(), rm(servers, { recursive: true, force: true })]);
});

/** Processes of servers that this file's drills have started. */
async function serverProcesses(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(servers));
}

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(servers)).toEqual([]);
  expect(await serverProcesses()).toEqual([]);
  expect(await readdir(join(pod.root, 'drill'))).toEqual([]);
}
afterEach(expectNothingLeft);

const task = (spec: object = {}): ReturnType<typeof drillTask> =>
  drillTask(repositoryOn(undefined, keys), spec);

async function postmaster(): Promise<number> {
  const [home = ''] = (await readdir(servers)).filter((name) => name.startsWith('pgcairn-server-'));
  return Number((await readFile(join(servers, home, 'data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

/** Waits until the server beside the worker answers. */
async function untilUp(): Promise<void> {
  while (!existsSync(join(pod.root, 'socket/.s.PGSQL.5432'))) await setTimeout(50);
}

/** Runs a drill and does something when one of its steps begins. */
async function drillWith(
  step: string,
  act: () => unknown,
  { signal, server: where }: { signal?: AbortSignal; server?: 'Beside' } = {},
): Promise<Ending> {
  let done: unknown;
  const ending = await pod.run(task(), {
    ...(where === undefined ? { localServer: programs } : {}),
    ...(signal === undefined ? {} : { signal }),
    onStep: (name) => {
      if (name === step) done ??= act() ?? true;
    },
  });
  await done;
  expect(done, `step ${step} never began`).toBeDefined();
  return ending;
}

describe('a drill that is asked to stop leaves nothing', () => {
  test.each(drillSteps)('while %s', async (step) => {
    const before = await listVolume(pod);
    const stop = new AbortController();

    const ending = await drillWith(step, () => stop.abort(), { signal: stop.signal });

    expect(ending.report).toMatchObject({ kind: 'failed', reason: 'Interrupted' });
    expect(ending.exitCode).toBe(exitCodes.interrupted);
    expect(await listVolume(pod)).toEqual(before);
  });
});

describe('a throw-away server that dies says nothing of the backup', () => {
  test.each([
    'fetching objects',
    'restoring shop',
    'analysing shop',
    'checking',
    'proving that damage is found',
  ])('while %s', async (step) => {
    const ending = await drillWith(step, async () => process.kill(await postmaster(), 'SIGKILL'));
    expect(factsOf(ending)).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerFailed' });
  });

  test('nor one that was started anew', async () => {
    const request = { root: pod.root, major: Number(major), settings: {}, programs };
    const first = await startLocalServer(request);
    let second: typeof first | undefined;
    const anew = async (): Promise<void> => {
      await first.stop();
      second = await startLocalServer(request);
      await untilUp();
    };
    try {
      const ending = await drillWith('fetching objects', anew, { server: 'Beside' });
      expect(factsOf(ending)).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerFailed' });
    } finally {
      await first.stop();
      await second?.stop();
    }
  });
});

describe('what keeps a drill from being carried out', () => {
  const unfit = async (spec: object, options: RunOptions = {}): Promise<unknown> => {
    const facts = factsOf(await pod.run(task(spec), { localServer: programs, ...options }));
    expect(facts.verdict).toBe('Inconclusive');
    const { checks } = await evidenceOn(pod, facts);
    expect(checks.filter(({ outcome }) => outcome === 'Failed')).toEqual([]);
    return [facts.reason, facts.message];
  };
  const says = (reason: string, words: RegExp): unknown => [reason, expect.stringMatching(words)];

  test('an identity of somebody else', async () => {
    await giveIdentity(pod, await makeKeys());
    expect(await unfit({})).toEqual(says('IdentityInvalid', /was encrypted for other identities/));
    await writeFile(join(pod.root, 'identity/identity'), 'AGE-SECRET-KEY-1NONSENSE');
    expect(await unfit({})).toEqual(says('IdentityInvalid', /holds something that is no age identity/));
    await rm(join(pod.root, 'identity'), { recursive: true });
    expect(await unfit({})).toEqual(says('SecretMissing', /Secret identity \(identitySecretRef\)/));
    await giveIdentity(pod, keys);
    expect(await unfit({ identitySecretRef: undefined })).toEqual(
      says('IdentityInvalid', /set identitySecretRef/),
    );
  });

  test('a run that is not there', async () => {
    const source = { backupRef: { name: 'shop' }, pick: '20200101T000000Z' };
    expect(await unfit({ source })).toEqual(says('NoSuchRun', /run 20200101T000000Z is not in/));
  });

  test('programs of another major only', async () => {
    const other = await localServer('16');
    expect(await unfit({}, { localServer: other })).toEqual(
      says('DrillServerUnfit', /no initdb and postgres of PostgreSQL 17 .*PostgreSQL 16 is in/),
    );
  });

  test('a server beside the worker of another major', async () => {
    const beside = await startLocalServer({
      root: pod.root,
      major: 16,
      settings: {},
      programs: await localServer('16'),
    });
    try {
      const facts = factsOf(await pod.run(task()));
      expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerUnfit' });
      expect(facts.message).toMatch(/is PostgreSQL 16\.\d+, and the run is of 17/);
    } finally {
      await beside.stop();
    }
  });

  test('a setting that the server does not take', async () => {
    const server = { settings: { shared_preload_libraries: 'nothing_of_the_kind' } };
    expect(await unfit({ server })).toEqual(
      says('DrillServerFailed', /the throw-away server ended: .*nothing_of_the_kind/),
    );
  });

  test.each([
    ['that is too small', 140, /has \d+ MiB free, and run .* needs/],
    ['that somebody else fills', 300, /was full while object .* was fetched/],
  ])('a volume %s', async (_, mebibytes, words) => {
    const volume = await mountSmallVolume(mebibytes);
    // Only root can mount one.
    if (volume === undefined) return;
    await rm(join(pod.root, 'drill'), { recursive: true });
    await symlink(volume.path, join(pod.root, 'drill'));
    const fill = (name: string): void => {
      if (name === 'fetching objects')
        writeFileSync(join(volume.path, 'other'), Buffer.alloc((mebibytes - 1) << 20));
    };
    try {
      expect(await unfit({}, { onStep: fill })).toEqual(says('DrillVolumeTooSmall', words));
    } finally {
      await rm(join(pod.root, 'drill'));
      await mkdir(join(pod.root, 'drill'));
      await volume.stop();
    }
  });
});

describe('a drill that can leave no evidence counts for nothing', () => {
  test('where the evidence cannot be stored', async () => {
    const drills = join(pod.volume, '_drills');
    await rename(drills, `${drills}-aside`);
    await writeFile(drills, 'in the way');
    const ending = await pod.run(task(), { localServer: programs });
    await rm(drills);
    await rename(`${drills}-aside`, drills);
    expect(ending.report).toMatchObject({ kind: 'failed', reason: 'EvidenceNotWritten' });
    expect(ending.exitCode).toBe(exitCodes.retriable);
  });

  test('where the store dies while the run is fetched', async () => {
    const s3 = await startS3Server();
    await s3.makeBucket('backups');
    const far = await makePod({ server, keys, s3 });
    try {
      await giveIdentity(far, keys);
      const repository = repositoryOn(s3, keys);
      runOf(await far.run(backupTask(repository, { databases: { names: ['shop'] } })));
      const ending = await far.run(drillTask(repository), {
        localServer: programs,
        onStep: (name) => {
          if (name === 'fetching objects') process.kill(s3.pid, 'SIGKILL');
        },
      });
      expect(ending.report).toMatchObject({ kind: 'failed', reason: 'StoreUnreachable' });
      expect(ending.exitCode).toBe(exitCodes.retriable);
    } finally {
      await Promise.all([far.remove(), s3.stop()]);
    }
  });
});

test('a drill that was cut short is made again under the same name, and then once only', async () => {
  const again = task();
  const stop = new AbortController();
  const onStep = (name: string): void => {
    if (name === 'restoring shop') stop.abort();
  };
  const cut = await pod.run(again, { localServer: programs, signal: stop.signal, onStep });
  expect(cut.report.kind).toBe('failed');

  const second = await pod.run(again, { localServer: programs });
  expect(factsOf(second)).toMatchObject({ verdict: 'Passed', runId: again.run.id });
  const third = await pod.run(again);
  expect(third.report).toEqual(second.report);
});
