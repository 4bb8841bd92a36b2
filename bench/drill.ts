import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  drillTask,
  evidenceOn,
  factsOf,
  localServer,
  makeDrillPod,
} from '../test/integration/drill-harness.ts';
import type { PostgresServer } from '../test/integration/servers/postgres-server.ts';
import { startServer } from '../test/integration/servers/postgres-server.ts';
import type { WorkerPod } from '../test/integration/worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from '../test/integration/worker-harness.ts';
import type { Racer, Sample } from './race.ts';
import { race } from './race.ts';
import { processorTime } from './processor-time.ts';

const major = '17';
/** As initdb leaves them: the test servers of this project have others. */
const defaults = {
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  max_wal_size: '1GB',
  autovacuum: 'on',
};

export interface DrillBench {
  readonly rows: number;
  readonly rounds: number;
  /** File of this folder that makes the data, without its ending. */
  readonly data: string;
}

/** The recovery time that a drill measures, beside what a person would type on a server as initdb leaves it. */
export async function benchDrill({ rows, rounds, data }: DrillBench): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'pgcairn-bench-'));
  const [source, target, keys] = await Promise.all([
    startServer(major, { settings: { shared_buffers: '1GB' } }),
    startServer(major, { settings: defaults }),
    makeKeys(),
  ]);
  const pod = await makeDrillPod({ server: source, keys });
  try {
    await source.createDatabase('bench');
    console.log(`loading ${rows} rows of ${data}`);
    await source.run(join(import.meta.dirname, `${data}.sql`), 'bench', { rows: String(rows) });
    console.log(`the database has ${await source.sql("SELECT pg_size_pretty(pg_database_size('bench'))")}`);
    const repository = repositoryOn(undefined, keys);
    runOf(await pod.run(backupTask(repository, { databases: { names: ['bench'] } })));
    const plain = join(work, 'plain.sql');
    const custom = join(work, 'custom.dump');
    program(source, 'pg_dump', ['--dbname=bench', `--file=${plain}`]);
    program(source, 'pg_dump', ['--dbname=bench', '-Fc', '--compress=zstd:1', `--file=${custom}`]);
    // Nothing of it is needed any more, and it would share the processors.
    await source.stop();
    const restorer = (name: string, tool: string, args: readonly string[]): Racer => ({
      name,
      once: async () => new Map([['', await restore(target, tool, args)]]),
    });
    const local = await localServer(major);
    const drill = (words: string, spec: object): Racer => ({
      name: words,
      once: () => rehearse(pod, drillTask(repository, spec), local),
    });
    await race(
      [
        restorer('psql < plain dump', 'psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', `--file=${plain}`]),
        restorer('pg_restore -j2', 'pg_restore', ['-j2', '--exit-on-error', custom]),
        drill('drill', {}),
      ],
      rounds,
    );
    console.log(
      `\nload average of 1, 5 and 15 minutes: ${loadavg()
        .map((load) => load.toFixed(1))
        .join(', ')}`,
    );
  } finally {
    await pod.remove();
    await Promise.all([source.stop(), target.stop()]);
    rmSync(work, { recursive: true, force: true });
  }
}

const recovery = ': recovery time, first byte fetched to everything checked';
/** The steps of a drill, as its log calls them. */
const steps: readonly (readonly [step: RegExp, words: string])[] = [
  [/^fetching/, ': fetch and open, with digests'],
  [/^opening/, ': what is left of opening'],
  [/^restoring/, ': load and index, what the others do'],
  [/^analysing/, ': analyse'],
  [/^checking/, ': check'],
];

async function rehearse(
  pod: WorkerPod,
  task: ReturnType<typeof drillTask>,
  local: Awaited<ReturnType<typeof localServer>>,
): Promise<ReadonlyMap<string, Sample>> {
  const marks: { readonly step: string; readonly at: Sample }[] = [];
  const onStep = (step: string): void => {
    const at = { seconds: performance.now() / 1000, processor: processorTime(process.pid) };
    marks.push({ step, at });
  };
  const facts = factsOf(await pod.run(task, { localServer: local, onStep }));
  if (facts.verdict !== 'Passed') throw new Error(`the drill did not pass: ${facts.message}`);
  const parts = new Map<string, Sample>();
  for (const [pattern, words] of steps) {
    const from = marks.findIndex(({ step }) => pattern.test(step));
    parts.set(words, between(marks[from]?.at, marks[from + 1]?.at));
  }
  const { measured } = await evidenceOn(pod, facts);
  const processor = [...parts.values()].reduce((sum, part) => sum + part.processor, 0);
  const whole: Sample = { seconds: measured.recoveryTimeSeconds ?? Number.NaN, processor };
  return new Map([[recovery, whole], ...parts]);
}

function between(from: Sample | undefined, to: Sample | undefined): Sample {
  if (from === undefined || to === undefined) throw new Error('the drill left out a step');
  return { seconds: to.seconds - from.seconds, processor: to.processor - from.processor };
}

async function restore(target: PostgresServer, name: string, args: readonly string[]): Promise<Sample> {
  await target.sql('DROP DATABASE IF EXISTS bench');
  await target.sql('CHECKPOINT');
  await target.createDatabase('bench');
  const folder = await target.sql('SHOW data_directory');
  const server = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const now = (): Sample => ({
    seconds: performance.now() / 1000,
    processor: processorTime(process.pid) + processorTime(server),
  });
  const start = now();
  program(target, name, ['--dbname=bench', ...args]);
  return between(start, now());
}

function program(server: PostgresServer, name: string, args: readonly string[]): void {
  execFileSync(join(server.bin, name), args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: `${server.bin}:/usr/bin:/bin`,
      LD_LIBRARY_PATH: join(server.bin, '../lib'),
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: server.user,
      PGPASSWORD: server.password,
    },
  });
}
