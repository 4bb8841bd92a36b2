import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { gateScript } from '../../src/domain/application-gate.ts';
import type { EvidenceCheck } from '../../src/domain/evidence.ts';
import { missingRowControl, runChecks, tryApplication } from '../../src/worker/drill/checks.ts';
import type { RestoredDatabase, RestoredRun } from '../../src/worker/drill/restored.ts';
import type { Restored } from './drill-checks-rig.ts';
import { complaints, restore } from './drill-checks-rig.ts';
import { freePort } from './servers/free-port.ts';

const fill = `CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 1000);
  CREATE TABLE b (id int PRIMARY KEY); INSERT INTO b VALUES (1);
  CREATE TABLE c (id int, double int GENERATED ALWAYS AS (id * 2) STORED); INSERT INTO c VALUES (1);
  CREATE TABLE large (word text STORAGE EXTERNAL); INSERT INTO large VALUES (repeat('x', 100000))`;

let restored: Restored;
beforeAll(async () => {
  restored = await restore('18', { fill: (source) => source.sql(fill, 'shop') });
});
afterAll(() => restored?.remove());

const find = (checks: readonly EvidenceCheck[], id: EvidenceCheck['id']): EvidenceCheck | undefined =>
  checks.find((check) => check.id === id);

describe('a server that is not fit or not there', () => {
  it('without amcheck leaves indexes undecided, and says what to do', async () => {
    await restored.server.reload({ extension_control_path: '/nowhere' });
    onTestFinished(() => restored.server.reload({ extension_control_path: '$system' }));
    const { checks } = await runChecks(restored.run);
    expect(complaints(checks)).toEqual([
      'Amcheck Undecided: the image of the server lacks the extension amcheck: set server.image to one that has it, or checks.indexes to None',
    ]);
    const { checks: without } = await runChecks(restored.withSpec({ indexes: 'None' }));
    expect(complaints(without)).toEqual([]);
  });

  it('that nobody can write to fails the write, and nothing else', async () => {
    const folder = await restored.server.sql(
      `SELECT current_setting('data_directory') || '/base/' || oid FROM pg_database WHERE datname = 'shop'`,
    );
    await chmod(folder, 0o500);
    onTestFinished(() => chmod(folder, 0o700));
    const { checks } = await runChecks(restored.withSpec({ indexes: 'None' }));
    expect(complaints(checks)).toEqual([
      expect.stringMatching(/^Write Failed: the server said: could not create file .* Permission denied/),
    ]);
  });

  it('that goes away leaves the drill without a verdict', async () => {
    const spec = { assertions: [{ name: 'slow', sql: 'SELECT 1 FROM pg_sleep(60)', expect: { rows: 1 } }] };
    const checking = runChecks(restored.withSpec(spec));
    checking.catch(() => undefined);
    await assertionAtWork(restored);
    await restored.server.restart('immediate');
    await expect(checking).rejects.toMatchObject({ reason: 'DrillServerFailed' });
  });

  it('that was never there leaves it so, too', async () => {
    const gone = { ...restored.run, connection: { ...restored.run.connection, port: await freePort() } };
    await expect(runChecks(gone)).rejects.toMatchObject({ reason: 'DrillServerFailed' });
    await expect(missingRowControl(gone)).rejects.toMatchObject({ reason: 'DrillServerFailed' });
  });

  it('is let go at once when the worker is asked to stop', async () => {
    const stop = new AbortController();
    const spec = { assertions: [{ name: 'slow', sql: 'SELECT 1 FROM pg_sleep(60)', expect: { rows: 1 } }] };
    const checking = runChecks({ ...restored.withSpec(spec), signal: stop.signal });
    checking.catch(() => undefined);
    await assertionAtWork(restored);
    stop.abort();
    await expect(checking).rejects.toMatchObject({ reason: 'Interrupted' });
    // The server notices within seconds by itself.
    await restored.server.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ~ '^pgcairn_reader'`,
    );
  });
});

/** Waits until an assertion is at work. */
async function assertionAtWork({ server }: Restored): Promise<void> {
  const busy = `SELECT count(*) FROM pg_stat_activity WHERE usename ~ '^pgcairn_reader' AND query ~ 'FETCH' AND state = 'active'`;
  await vi.waitFor(async () => expect(await server.sql(busy)).toBe('1'), { timeout: 60_000 });
}

describe('checks that are switched off', () => {
  it('say so, and the others are made', async () => {
    const off = { indexes: 'None', constraints: false, sequences: false, write: false };
    const { checks } = await runChecks(restored.withSpec(off));
    const told = (id: EvidenceCheck['id']): string =>
      `${find(checks, id)?.outcome}: ${find(checks, id)?.detail}`;
    expect([
      told('Amcheck'),
      told('Constraints'),
      told('Sequences'),
      told('Write'),
      told('Assertion'),
    ]).toEqual([
      'NotChecked: checks.indexes is None',
      'NotChecked: checks.constraints is switched off',
      'NotChecked: checks.sequences is switched off',
      'NotChecked: checks.write is switched off',
      'NotChecked: checks.assertions is empty',
    ]);
    expect(find(checks, 'Rows')?.outcome).toBe('Passed');
  });
});

/** Of the tables of a database, one alone holds rows as far as its inventory goes. */
function holding(database: RestoredDatabase, table: string): RestoredDatabase {
  const { inventory } = database;
  return {
    ...database,
    inventory: { ...inventory, tables: inventory.tables.filter(({ name }) => name === table) },
  };
}

const refuse = `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
  CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;`;
const stubborn: readonly (readonly [what: string, table: string, sql: string])[] = [
  [
    'that a foreign key refers to',
    'a',
    'CREATE TABLE d (a int REFERENCES a); INSERT INTO d SELECT id FROM a',
  ],
  [
    'that a foreign key always guards',
    'b',
    "CREATE TABLE d (b int REFERENCES b); INSERT INTO d VALUES (1); UPDATE pg_trigger SET tgenabled = 'A'",
  ],
  [
    'whose trigger always refuses',
    'a',
    `${refuse} CREATE TRIGGER t BEFORE DELETE ON a EXECUTE FUNCTION refuse(); ALTER TABLE a ENABLE ALWAYS TRIGGER t`,
  ],
  [
    'whose trigger ignores it where a session replicates',
    'b',
    `${refuse} CREATE TRIGGER t BEFORE DELETE ON b FOR EACH ROW EXECUTE FUNCTION ignore();
     ALTER TABLE b ENABLE REPLICA TRIGGER t`,
  ],
  [
    'whose rule always does nothing instead',
    'a',
    'CREATE RULE keep AS ON DELETE TO a DO INSTEAD NOTHING; ALTER TABLE a ENABLE ALWAYS RULE keep',
  ],
  [
    'with row security for its owner, too',
    'a',
    'CREATE POLICY nobody ON a USING (false); ALTER TABLE a ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
  ],
  ['without a key, published with all others', 'large', 'CREATE PUBLICATION p FOR ALL TABLES'],
  ['of which a publication has some columns', 'c', 'CREATE PUBLICATION p FOR TABLE c (id)'],
  ['of which a publication leaves out what is generated', 'c', 'CREATE PUBLICATION p FOR TABLE c'],
  [
    'where a trigger on events always refuses every command',
    'c',
    `CREATE FUNCTION stop_all() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'frozen'; END $$;
     CREATE PUBLICATION p FOR TABLE c;
     CREATE EVENT TRIGGER stop_all ON ddl_command_start EXECUTE FUNCTION stop_all();
     ALTER EVENT TRIGGER stop_all ENABLE ALWAYS`,
  ],
  [
    'in a database that is for reading alone',
    'b',
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`,
  ],
];

describe('the missing row', () => {
  it('is found in a table that is not as in the backup, too', async () => {
    const changed = await restored.damaged('INSERT INTO a VALUES (-1)');
    const [{ name } = { name: '' }] = changed.databases;
    expect(await missingRowControl(changed)).toEqual({
      damage: 'MissingRow',
      target: `one row of public.a in database ${name}`,
      outcome: 'Caught',
      detail: 'public.a has 1,000 rows instead of 1,001',
    });
  });

  it('is there again afterwards', async () => {
    await missingRowControl(restored.run);
    expect(await restored.server.sql('SELECT count(*) FROM a', 'shop')).toBe('1000');
  });

  it.each(stubborn)('is found in a table %s', async (_, only, sql) => {
    const run = await restored.damaged(sql);
    const databases = run.databases.map((database) => holding(database, only));
    const before = await stateOf(databases[0]!.name);
    expect(await missingRowControl({ ...run, databases })).toMatchObject({ outcome: 'Caught' });
    expect(await stateOf(databases[0]!.name)).toEqual(before);
  });

  it('that no table lets go of leaves the control uncaught, as it would be if it were not found', async () => {
    const { databases, ...run } = await restored.damaged(
      `DELETE FROM pg_class WHERE oid = (SELECT reltoastrelid FROM pg_class WHERE oid = 'large'::regclass)`,
    );
    const stuck = databases.map((database) => holding(database, 'large'));
    expect(await missingRowControl({ ...run, databases: stuck })).toEqual({
      damage: 'MissingRow',
      target: 'no row',
      outcome: 'NotCaught',
      detail: expect.stringMatching(
        /^no table let go of a row, beginning with one of public\.large in database .*: could not open relation/,
      ) as string,
    });
    expect(await missingRowControl({ ...run, databases })).toMatchObject({ outcome: 'Caught' });
    const sound = restored.run.databases;
    expect(await missingRowControl({ ...run, databases: [...stuck, ...sound] })).toMatchObject({
      outcome: 'Caught',
      target: 'one row of public.a in database shop',
    });
  });

  it('cannot be had where no table has a row', async () => {
    const none = { ...restored.run, databases: [] };
    expect(await missingRowControl(none)).toMatchObject({ outcome: 'NotApplicable' });
    const emptied = await restored.damaged('TRUNCATE a, b, c, large');
    expect(await missingRowControl(emptied)).toMatchObject({ outcome: 'NotApplicable' });
  });

  /** What is not back in its place would show here. */
  async function stateOf(database: string): Promise<string> {
    return await restored.server.sql(
      `SELECT string_agg(t, ',' ORDER BY t) FROM (
         SELECT tgname || tgenabled::text FROM pg_trigger UNION ALL SELECT rulename || ev_enabled::text FROM pg_rewrite
         UNION ALL SELECT evtname || evtenabled::text FROM pg_event_trigger UNION ALL SELECT pubname FROM pg_publication
         UNION ALL SELECT 'a' || count(*) FROM a UNION ALL SELECT 'b' || count(*) FROM b
         UNION ALL SELECT 'c' || count(*) FROM c UNION ALL SELECT 'large' || count(*) FROM large) AS x(t)`,
      database,
    );
  }
});

describe('the application', () => {
  const logged: string[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void logged.push(JSON.stringify(fields)) };

  async function tryIt(program: string, application: object = {}): Promise<EvidenceCheck> {
    const folder = await mkdtemp(join(tmpdir(), 'pgcairn-application-'));
    // The gate asks busybox for its programs; here they are those of the machine.
    const busybox = join(folder, 'busybox');
    await writeFile(busybox, '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    const args = ['-c', gateScript(busybox, folder), 'gate', 'sh', '-c', program];
    // In a group of its own, which stands for the container that ends with all that runs in it.
    const gate = execa('sh', args, {
      reject: false,
      stdio: 'ignore',
      detached: true,
      env: { FOLDER: folder },
    });
    onTestFinished(async () => {
      process.kill(-(gate.pid ?? 0), 'SIGKILL');
      await gate;
      await rm(folder, { recursive: true, force: true });
    });
    const spec = { application: { image: 'shop/app:1', command: ['app'], ...application } };
    const run: RestoredRun = { ...restored.withSpec(spec), application: folder, logger };
    return await tryApplication(run);
  }

  it('needs a cluster', async () => {
    const spec = { application: { image: 'shop/app:1', command: ['app'] } };
    expect(await tryApplication(restored.withSpec(spec))).toMatchObject({
      outcome: 'Undecided',
      detail: 'an application runs in the pod of a drill: it needs a cluster',
    });
  });

  it('passes when it ends with 0, and is told where the database is', async () => {
    const traces = await mkdtemp(join(tmpdir(), 'pgcairn-trace-'));
    onTestFinished(() => rm(traces, { recursive: true }));
    const trace = join(traces, 'url');
    expect(await tryIt(`echo "$DATABASE_URL" >${trace}`)).toMatchObject({
      outcome: 'Passed',
      database: 'shop',
    });
    const url = (await readFile(trace, 'utf8')).trim();
    const { bin, password } = restored.server;
    const query = ['-Atc', 'SELECT count(*) FROM a', url];
    const env = { PGPASSWORD: password, LD_LIBRARY_PATH: join(bin, '../lib') };
    expect((await execa(join(bin, 'psql'), query, { env })).stdout).toBe('1000');
  });

  it('fails when it ends with another code', async () => {
    expect(await tryIt('exit 3')).toMatchObject({ outcome: 'Failed', detail: 'it ended with exit code 3' });
  });

  it('is heard in the log when it fails, and no file that its output leads to', async () => {
    await tryIt('echo I am broken; exit 3');
    expect(logged.join()).toContain('I am broken');
    const secrets = await mkdtemp(join(tmpdir(), 'pgcairn-secrets-'));
    onTestFinished(() => rm(secrets, { recursive: true }));
    await writeFile(join(secrets, 'key'), 'of the worker');
    await tryIt(`ln -sf ${secrets}/key "$FOLDER/output"; exit 3`);
    expect(logged.join()).not.toContain('of the worker');
  });

  it('fails when it does not end, and leaves a pipe in the place of its exit code', async () => {
    expect(await tryIt('mkfifo "$FOLDER/exit-code"; sleep 60', { timeoutSeconds: 5 })).toMatchObject({
      outcome: 'Failed',
      detail: 'it did not end within 5 s',
    });
  });

  it('fails when it does not end', async () => {
    expect(await tryIt('sleep 60', { timeoutSeconds: 5 })).toMatchObject({
      outcome: 'Failed',
      detail: 'it did not end within 5 s',
    });
  });

  it('stays open when its container never started', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pgcairn-application-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const spec = { application: { image: 'shop/app:1', command: ['app'], timeoutSeconds: 1 } };
    expect(await tryApplication({ ...restored.withSpec(spec), application: folder })).toMatchObject({
      outcome: 'Undecided',
      detail: expect.stringContaining('its container did not start within 1 s') as string,
    });
  });

  it.each([
    [204, 'Passed', /^it answered with status 204 after/],
    [302, 'Passed', /^it answered with status 302 after/],
    [503, 'Failed', /^it answered with status 503 within 5 s$/],
  ])('that answers with %s has %s', async (status, outcome, words) => {
    const port = await freePort();
    const server = createServer((_, response) => response.writeHead(status, { location: '/' }).end());
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const http = { path: '/healthz', port };
    const check = await tryIt('sleep 60', { http, timeoutSeconds: 5 });
    expect(check).toMatchObject({ outcome, detail: expect.stringMatching(words) as string });
  });

  it('fails when it ends before it answers', async () => {
    const http = { path: '/', port: await freePort() };
    expect(await tryIt('exit 0', { http })).toMatchObject({
      outcome: 'Failed',
      detail: 'it ended with exit code 0',
    });
  });
});
