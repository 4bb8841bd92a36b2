import { fileURLToPath } from 'node:url';
import { serverMajors } from '../scripts/tools/postgres.ts';
import type { ServerMajor } from '../scripts/tools/postgres.ts';
import { drillTask, factsOf, localServer, makeDrillPod } from '../test/integration/drill-harness.ts';
import { startServer } from '../test/integration/servers/postgres-server.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from '../test/integration/worker-harness.ts';
import { median } from './measure.ts';

const interesting = fileURLToPath(new URL('../demo/data/interesting.sql', import.meta.url));
const drillsPerRun = 5;

/** What a day does to a database. */
const day = `
  CREATE TABLE IF NOT EXISTS diary (day serial PRIMARY KEY, noted timestamptz DEFAULT now(), words text);
  INSERT INTO diary (words) SELECT repeat(md5(random()::text), (random() * 90)::int) FROM generate_series(1, 500);
  UPDATE diary SET words = reverse(words) WHERE random() < 0.2;
  DELETE FROM diary WHERE random() < 0.2;
  CREATE INDEX ON diary (noted, day)`;

/** Drills of sound backups, shared out over the majors: every one that does not pass is a false alarm. */
export async function benchCleanDrills(count: number): Promise<void> {
  const alarms: string[] = [];
  const seconds: number[] = [];
  for (const [index, major] of serverMajors.entries()) {
    const share = Math.floor(count / serverMajors.length) + (index < count % serverMajors.length ? 1 : 0);
    for (const { verdict, message, took } of await drillsOf(major, share)) {
      seconds.push(took);
      if (verdict !== 'Passed') alarms.push(`PostgreSQL ${major}: ${verdict}: ${message}`);
    }
    console.log(`PostgreSQL ${major}: ${share} drills, ${alarms.length} false alarms so far`);
  }
  for (const alarm of alarms) console.log(alarm);
  console.log(
    `${seconds.length} drills in a row, ${alarms.length} false alarms, ${median(seconds).toFixed(1)} s each`,
  );
  process.exitCode = alarms.length > 0 ? 1 : 0;
}

interface Outcome {
  readonly verdict: string;
  readonly message: string;
  readonly took: number;
}

async function drillsOf(major: ServerMajor, count: number): Promise<Outcome[]> {
  const [server, keys] = await Promise.all([startServer(major), makeKeys()]);
  const pod = await makeDrillPod({ server, keys });
  try {
    await server.createDatabase('shop');
    await server.run(interesting, 'shop');
    const repository = repositoryOn(undefined, keys);
    const local = await localServer(major);
    const outcomes: Outcome[] = [];
    while (outcomes.length < count) {
      if (outcomes.length % drillsPerRun === 0) {
        await server.sql(day, 'shop');
        runOf(await pod.run(backupTask(repository, { databases: { all: true } })));
      }
      const start = performance.now();
      const { verdict, message } = factsOf(await pod.run(drillTask(repository), { localServer: local }));
      outcomes.push({ verdict, message, took: (performance.now() - start) / 1000 });
    }
    return outcomes;
  } finally {
    await Promise.all([pod.remove(), server.stop()]);
  }
}
