import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { gateScript } from '../../src/domain/application-gate.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { startLocalServer } from '../../src/worker/drill/local-server.ts';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys, WorkerPod } from './worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

const major = '17';

let server: PostgresServer;
let pod: WorkerPod;
let keys: Keys;
beforeAll(async () => {
  [server, keys] = await Promise.all([startServer(major), makeKeys()]);
  await server.createDatabase('shop');
  await server.sql(
    `CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT generate_series(1, 1000);
     CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent); INSERT INTO child VALUES (1, 1)`,
    'shop',
  );
  pod = await makeDrillPod({ server, keys });
  runOf(await pod.run(backupTask(repositoryOn(undefined, keys), { databases: { names: ['shop'] } })));
});
afterAll(async () => {
  await Promise.all([pod?.remove(), server?.stop()]);
});

/** A drill beside whose worker a server and an application run, as in a pod. */
async function drillWith(program: string): Promise<Evidence> {
  const folder = join(pod.root, 'application');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  // The gate asks busybox for its programs; here they are those of the machine.
  const busybox = join(folder, 'busybox');
  await writeFile(busybox, '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  const programs = await localServer(major);
  const beside = await startLocalServer({ root: pod.root, major: Number(major), settings: {}, programs });
  onTestFinished(() => beside.stop());
  const args = ['-c', gateScript(busybox, folder), 'gate', 'sh', '-c', program];
  const gate = execa('sh', args, { reject: false, stdio: 'ignore', detached: true });
  onTestFinished(async () => {
    process.kill(-(gate.pid ?? 0), 'SIGKILL');
    await gate;
  });
  const application = { image: 'shop/app:1', command: ['app'] };
  const ending = await pod.run(drillTask(repositoryOn(undefined, keys), { checks: { application } }));
  return await evidenceOn(pod, factsOf(ending));
}

const psqlOf = ({ bin }: PostgresServer): string =>
  `LD_LIBRARY_PATH=${join(bin, '../lib')} ${join(bin, 'psql')} "$DATABASE_URL" -v ON_ERROR_STOP=1`;

test('an application may spoil all of the database: everything else was looked at before it', async () => {
  const spoil = 'DROP TABLE child; TRUNCATE parent; CREATE TABLE other (id int); CREATE DATABASE another';
  const evidence = await drillWith(`sleep 2; echo '${spoil.replaceAll('; ', ';\n')}' | ${psqlOf(server)}`);

  expect(evidence).toMatchObject({ verdict: 'Passed' });
  const [audit, application] = evidence.checks.slice(-2);
  expect([audit, application]).toMatchObject([
    { id: 'Audit', outcome: 'Passed' },
    { id: 'Application', outcome: 'Passed' },
  ]);
  expect(evidence.findings).toMatchObject([{ finding: 'ForeignKeyUnindexed', table: 'public.child' }]);
  expect(evidence.controls).toMatchObject([
    { damage: 'FlippedBit', outcome: 'Caught' },
    { damage: 'MissingRow', outcome: 'Caught', target: 'one row of public.parent in database shop' },
  ]);
  const { phases, measured } = evidence;
  const loads = ['Load', 'Index', 'Analyse'];
  expect(phases.map(({ name }) => name)).toEqual(['Fetch', 'Decrypt', ...loads, 'Check', 'Control', 'Check']);
  const last = phases.at(-1);
  expect(last?.seconds).toBeGreaterThanOrEqual(2);
  // Its time is one of the recovery. That of the audit and the controls, which lie before it, is not.
  const [fetch, , , , , check, control] = phases;
  const from = fetch?.startSeconds ?? 0;
  const checked = (check?.startSeconds ?? 0) + (check?.seconds ?? 0) - from;
  const recovery = measured.recoveryTimeSeconds ?? 0;
  expect(recovery).toBeGreaterThanOrEqual(checked + (last?.seconds ?? 0) - 0.003);
  const audited = (control?.startSeconds ?? 0) - (audit?.seconds ?? 0) - from;
  expect(recovery).toBeLessThanOrEqual(audited + (last?.seconds ?? 0) + 0.003);
  expect(recovery).toBeLessThanOrEqual(checked + (last?.seconds ?? 0) + 0.003);
});

test('what an application leaves undone fails the drill, and the controls are made all the same', async () => {
  const evidence = await drillWith('exit 3');
  expect(evidence).toMatchObject({ verdict: 'Failed', reason: 'Application' });
  expect(evidence.controls.map(({ outcome }) => outcome)).toEqual(['Caught', 'Caught']);
});

test('a server that crashes under an application says nothing of the backup', async () => {
  const crash = `COPY (SELECT 1) TO PROGRAM 'kill -9 $PPID'`;
  // Long enough that a server which comes back after a crash is there again.
  const evidence = await drillWith(`cat <<'END' | ${psqlOf(server)} || { sleep 5; exit 1; }\n${crash};\nEND`);
  expect(evidence).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerFailed' });
  expect(evidence.checks.at(-1)).toMatchObject({ id: 'Application', outcome: 'NotChecked' });
});
