import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  drillTask,
  evidenceOn,
  factsOf,
  giveIdentity,
  localServer,
} from '../test/integration/drill-harness.ts';
import type { PostgresServer } from '../test/integration/servers/postgres-server.ts';
import { startServer } from '../test/integration/servers/postgres-server.ts';
import { backupTask, makeKeys, makePod, repositoryOn, runOf } from '../test/integration/worker-harness.ts';
import { median } from './measure.ts';

const major = '17';
/** As initdb leaves it: the test servers of this project go without fsync. */
const defaults = {
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
};

interface Restorer {
  readonly name: string;
  /** Seconds of one restore. */
  readonly once: () => Promise<readonly number[]>;
  readonly parts: readonly string[];
}

/** The recovery time that a drill measures, beside what a person would type on a server as initdb leaves it. */
export async function benchDrill(size: { rows: number; rounds: number }): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'pgcairn-bench-'));
  const [source, target, keys] = await Promise.all([
    startServer(major, { settings: { shared_buffers: '1GB' } }),
    startServer(major, { settings: defaults }),
    makeKeys(),
  ]);
  const pod = await makePod({ server: source, keys });
  try {
    await giveIdentity(pod, keys);
    await source.createDatabase('bench');
    console.log(`loading ${size.rows} rows`);
    await source.run(join(import.meta.dirname, 'data.sql'), 'bench', { rows: String(size.rows) });
    console.log(`the database has ${await source.sql("SELECT pg_size_pretty(pg_database_size('bench'))")}`);
    const repository = repositoryOn(undefined, keys);
    runOf(await pod.run(backupTask(repository, { databases: { names: ['bench'] } })));
    const plain = join(work, 'plain.sql');
    const custom = join(work, 'custom.dump');
    program(source, 'pg_dump', ['--dbname=bench', `--file=${plain}`]);
    program(source, 'pg_dump', ['--dbname=bench', '-Fc', '--compress=zstd:1', `--file=${custom}`]);
    const local = await localServer(major);
    const drill = async (): Promise<readonly number[]> => {
      const facts = factsOf(await pod.run(drillTask(repository), { localServer: local }));
      if (facts.verdict !== 'Passed') throw new Error(`the drill did not pass: ${facts.message}`);
      const { measured, phases } = await evidenceOn(pod, facts);
      const spent = (names: readonly string[]): number =>
        phases.filter(({ name }) => names.includes(name)).reduce((sum, { seconds }) => sum + seconds, 0);
      return [
        measured.recoveryTimeSeconds ?? Number.NaN,
        ...(['Fetch', 'Decrypt', 'Load', 'Index', 'Analyse', 'Check'] as const).map((name) => spent([name])),
        spent(['Load', 'Index']),
      ];
    };
    await race(
      [
        {
          name: 'psql < plain dump',
          parts: [''],
          once: () => restore(target, 'psql', ['-Xq', '-v', 'ON_ERROR_STOP=1', `--file=${plain}`]),
        },
        {
          name: 'pg_restore -j2',
          parts: [''],
          once: () => restore(target, 'pg_restore', ['-j2', '--exit-on-error', custom]),
        },
        {
          name: 'drill',
          parts: [
            ': recovery time (first byte fetched to everything checked)',
            ': fetch, with digests',
            ': decrypt',
            ': load',
            ': index',
            ': analyse',
            ': check',
            ': load and index together, what the others do',
          ],
          once: drill,
        },
      ],
      size.rounds,
    );
  } finally {
    await pod.remove();
    await Promise.all([source.stop(), target.stop()]);
    rmSync(work, { recursive: true, force: true });
  }
}

async function restore(
  target: PostgresServer,
  name: string,
  args: readonly string[],
): Promise<readonly number[]> {
  await target.sql('DROP DATABASE IF EXISTS bench');
  await target.sql('CHECKPOINT');
  await target.createDatabase('bench');
  const start = performance.now();
  program(target, name, ['--dbname=bench', ...args]);
  return [(performance.now() - start) / 1000];
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

/** Takes turns, so that a change of the machine's speed meets all alike; prints a table with ratios to the first. */
async function race(restorers: readonly Restorer[], rounds: number): Promise<void> {
  const samples: (readonly number[])[][] = restorers.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, { once }] of restorers.entries()) {
      const sample = await once();
      if (round >= 0) samples[index]?.push(sample);
    }
    console.log(round < 0 ? 'warm-up done' : `round ${round + 1} of ${rounds} done`);
  }
  console.log('\n| | seconds, median (min-max) | ratio, median of pairs |');
  console.log('|---|---|---|');
  for (const [index, { name, parts }] of restorers.entries()) {
    for (const [part, words] of parts.entries()) {
      const seconds = (samples[index] ?? []).map((sample) => sample[part] ?? Number.NaN);
      const ratio = median(seconds.map((value, round) => value / (samples[0]?.[round]?.[0] ?? Number.NaN)));
      const range = `${median(seconds).toFixed(2)} (${Math.min(...seconds).toFixed(2)}-${Math.max(...seconds).toFixed(2)})`;
      console.log(`| ${name}${words} | ${range} | ${ratio.toFixed(2)} |`);
    }
  }
}
