import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { withSession } from '../../src/postgres/session.ts';
import type { Snapshot } from '../../src/postgres/snapshot.ts';
import { joinSnapshot, openSnapshot } from '../../src/postgres/snapshot.ts';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import type { WorkerRoot } from './servers/connection-to.ts';
import { connectionTo, makeWorkerRoot } from './servers/connection-to.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

const reader = { user: 'reader', password: 'reading' };
const patience = { timeout: 30_000, interval: 100 };
let primary: PostgresServer;
let standby: PostgresServer;
let worker: WorkerRoot;
let root: Connection;

beforeAll(async () => {
  // An idle primary says something twice in these seconds.
  primary = await startServer('18', { settings: { wal_sender_timeout: '2s' } });
  worker = await makeWorkerRoot();
  await primary.createDatabase('shop');
  await primary.sql(
    `CREATE TABLE sale (id int); INSERT INTO sale VALUES (1);
     CREATE ROLE ${reader.user} LOGIN PASSWORD '${reader.password}'; GRANT SELECT ON sale TO ${reader.user}`,
    'shop',
  );
  standby = await startServer('18', { standbyOf: primary });
  root = await connectionTo(standby, worker);
});
afterAll(async () => {
  await standby?.stop();
  await primary?.stop();
  await worker?.remove();
});
beforeEach(async () => {
  await standby.sql('SELECT pg_wal_replay_resume()');
  await caughtUp();
});

async function caughtUp(): Promise<void> {
  const end = await primary.sql('SELECT pg_current_wal_flush_lsn()');
  await expect.poll(() => standby.sql(`SELECT pg_last_wal_replay_lsn() >= '${end}'`), patience).toBe('t');
}

/** By the clock of the primary. */
async function clock(): Promise<Date> {
  return new Date(await primary.sql(`SELECT to_json(clock_timestamp()) #>> '{}'`));
}

/** Replay stops, and a row is received that is not replayed. Returns a time, in milliseconds, before it was there. */
async function pausedAndBehind(): Promise<number> {
  await standby.sql('SELECT pg_wal_replay_pause()');
  await expect.poll(() => standby.sql('SELECT pg_get_wal_replay_pause_state()'), patience).toBe('paused');
  const missing = await clock();
  await primary.sql('INSERT INTO sale VALUES (4)', 'shop');
  const end = await primary.sql('SELECT pg_current_wal_flush_lsn()');
  await expect.poll(() => standby.sql(`SELECT pg_last_wal_receive_lsn() >= '${end}'`), patience).toBe('t');
  return missing.getTime();
}

async function snapshotAs(connection: Connection): Promise<Snapshot & { readonly rows: number }> {
  const snapshot = await openSnapshot(connection, 'shop');
  try {
    return await withSession(await connect(connection, 'shop'), async (session) => {
      await joinSnapshot(session, snapshot);
      const [row] = await session.query<{ rows: number }>('SELECT count(*) AS rows FROM public.sale');
      return { ...snapshot, rows: row?.rows ?? -1 };
    });
  } finally {
    await snapshot.close();
  }
}

const timeOf = ({ time }: Pick<Snapshot, 'time'>): number => Date.parse(time);

describe('the time of a snapshot', () => {
  it('on a primary is the present, and names no replay', async () => {
    const before = await clock();
    const snapshot = await snapshotAs(await connectionTo(primary, worker));
    expect(timeOf(snapshot)).toBeGreaterThanOrEqual(before.getTime());
    expect(snapshot.replayPoint).toBeUndefined();
  });

  it('on a standby that follows an idle primary goes on', async () => {
    await primary.sql('INSERT INTO sale VALUES (2)', 'shop');
    await caughtUp();
    const idle = (await clock()).getTime();
    await expect.poll(async () => timeOf(await snapshotAs(root)), patience).toBeGreaterThan(idle);
    expect(await snapshotAs(root)).toMatchObject({ replayPoint: { paused: false, blind: false } });
  });

  it('is that of the last commit there for a user who may not see the receiver, which is told', async () => {
    await primary.sql('INSERT INTO sale VALUES (3)', 'shop');
    await caughtUp();
    const idle = (await clock()).getTime();
    await expect.poll(async () => timeOf(await snapshotAs(root)), patience).toBeGreaterThan(idle);
    const snapshot = await snapshotAs(await connectionTo(standby, worker, reader));
    expect(timeOf(snapshot)).toBeLessThanOrEqual(idle);
    // For a moment after replication was cut off there is no receiver that could be hidden.
    const isBlind = async (): Promise<unknown> =>
      (await snapshotAs(await connectionTo(standby, worker, reader))).replayPoint?.blind;
    await expect.poll(isBlind, patience).toBe(true);
  });

  it('does not go beyond what is replayed while replay is paused', async () => {
    const { rows } = await snapshotAs(root);
    const missing = await pausedAndBehind();
    const snapshot = await snapshotAs(root);
    expect(snapshot.rows).toBe(rows);
    expect(timeOf(snapshot)).toBeLessThanOrEqual(missing);
    expect(snapshot.replayPoint?.paused).toBe(true);
    expect(snapshot.replayPoint?.behindSeconds).toBeGreaterThan(0);
  });
});

it('a run of a paused standby, and the drill of it, are dated by what it holds, and say how far behind', async () => {
  const missing = await pausedAndBehind();
  const keys = await makeKeys();
  const pod = await makeDrillPod({ server: standby, keys });
  const repository = repositoryOn(undefined, keys);
  const ending = await pod.run(backupTask(repository, { databases: { names: ['shop'] } }));
  const run = runOf(ending);
  expect(Date.parse(run.snapshotTime)).toBeLessThanOrEqual(missing);
  expect(run.standby).toMatch(/^the server is a standby, at most \d+ (s|min) behind; its replay is paused$/);
  expect(ending.report).toMatchObject({ notes: expect.arrayContaining([run.standby]) });

  const drill = await pod.run(drillTask(repository), { localServer: await localServer('18') });
  const facts = factsOf(drill);
  expect(facts).toMatchObject({ verdict: 'Passed', snapshotTime: run.snapshotTime });
  const { measured } = await evidenceOn(pod, facts);
  const age = (Date.parse(facts.startTime) - missing) / 1000;
  expect(measured.recoveryPointSeconds).toBeGreaterThanOrEqual(age);
  await pod.remove();
});

describe('a standby that lost its primary', () => {
  it('stays at the last commit there, and after a restart at the checkpoint that it began with', async () => {
    await primary.sql('REVOKE EXECUTE ON FUNCTION pg_control_checkpoint() FROM PUBLIC', 'shop');
    await primary.sql('CHECKPOINT');
    await caughtUp();
    await standby.sql('CHECKPOINT');
    await loseThePrimary();
    const missing = (await clock()).getTime();
    await primary.sql('INSERT INTO sale VALUES (6)', 'shop');
    expect(timeOf(await snapshotAs(root))).toBeLessThanOrEqual(missing);

    await standby.restart();
    expect(await standby.sql('SELECT pg_last_xact_replay_timestamp() IS NULL')).toBe('t');
    const restarted = timeOf(await snapshotAs(root));
    expect(restarted).toBeLessThanOrEqual(missing);
    expect(restarted).toBeGreaterThan(missing - 3_600_000);

    const told = snapshotAs(await connectionTo(standby, worker, reader));
    await expect(told).rejects.toMatchObject({ reason: 'ReplayPointUnknown' });
  });
});

async function loseThePrimary(): Promise<void> {
  await standby.sql('ALTER SYSTEM RESET primary_conninfo');
  await standby.sql('SELECT pg_reload_conf()');
  await expect.poll(() => standby.sql('SELECT count(*) FROM pg_stat_wal_receiver'), patience).toBe('0');
}
