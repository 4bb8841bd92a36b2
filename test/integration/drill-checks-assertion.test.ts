import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvidenceCheck } from '../../src/domain/evidence.ts';
import { runChecks } from '../../src/worker/drill/checks.ts';
import type { Restored } from './drill-checks-rig.ts';
import { complaints, restore } from './drill-checks-rig.ts';

const fill = `
  CREATE ROLE app; CREATE SCHEMA shop AUTHORIZATION app; CREATE EXTENSION dblink;
  ALTER DATABASE shop SET search_path = shop, public;
  CREATE TABLE shop.orders (id int PRIMARY KEY, state text, paid boolean, at timestamptz, price numeric(20, 2));
  INSERT INTO shop.orders SELECT g, 'new', true, '2026-11-20 01:00:00+00', 90071992547409.93 FROM generate_series(1, 250) g;
  CREATE TABLE shop.guarded (id int); INSERT INTO shop.guarded VALUES (1), (2);
  ALTER TABLE shop.guarded ENABLE ROW LEVEL SECURITY;
  CREATE SEQUENCE shop.numbers; SELECT lo_from_bytea(4711, 'x');
  CREATE FUNCTION shop.now_we_write() RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN DELETE FROM shop.orders; RETURN 1; END $$;
  CREATE FUNCTION shop.tell() RETURNS int LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'mail of ada' USING ERRCODE = 'UV001', DETAIL = 'ada@example.net'; END $$`;

interface Question {
  readonly sql: string;
  readonly expect: object;
  readonly timeoutSeconds?: number;
  readonly database?: string;
}

const good: readonly Question[] = [
  { sql: 'SELECT count(*) FROM orders', expect: { equals: '250' } },
  { sql: 'SELECT count(*) FROM orders; -- with a semicolon', expect: { atLeast: '250', atMost: '250' } },
  { sql: 'SELECT count(*) FROM guarded', expect: { equals: '2' } },
  { sql: 'TABLE orders', expect: { rows: 250 } },
  { sql: 'SELECT 1 WHERE false', expect: { rows: 0 } },
  { sql: 'VALUES (1), (2)', expect: { rows: 2 } },
  { sql: 'WITH o AS (SELECT * FROM orders) SELECT max(state), 7 FROM o', expect: { equals: 'new' } },
  {
    sql: `SELECT n::text, n * 1.0, n > 1 FROM generate_series(2, 1, -1) AS n`,
    expect: {
      rowSet: [
        [1, 1, 'false'],
        ['2', '2.0', 'true'],
      ],
    },
  },
  { sql: 'SELECT bool_and(paid) FROM orders', expect: { equals: 'true' } },
  { sql: 'SELECT max(at) FROM orders', expect: { equals: '2026-11-20 01:00:00+00' } },
  { sql: 'SELECT 9007199254740993::bigint', expect: { atLeast: '9007199254740993' } },
  { sql: `SELECT '{"a":  1}'::json`, expect: { equals: '{"a":  1}' } },
  { sql: 'SELECT last_value FROM shop.numbers', expect: { equals: '1' } },
];

const bad: readonly (readonly [string, Question])[] = [
  ['Failed: the value is 249 instead of 250', { sql: 'SELECT 249', expect: { equals: '250' } }],
  [
    'Failed: 1 row of rowSet did not come, and at least 2 rows came that rowSet does not hold',
    { sql: 'VALUES (1), (2), (3), (4)', expect: { rowSet: [['1'], ['5']] } },
  ],
  ['Failed: more than 200 rows came instead of 200', { sql: 'TABLE orders', expect: { rows: 200 } }],
  [
    'Failed: the server said: column "nothing" does not exist',
    { sql: 'SELECT nothing', expect: { rows: 1 } },
  ],
  [
    'Failed: the server said: a function ended with an error (SQLSTATE UV001)',
    { sql: 'SELECT shop.tell()', expect: { rows: 1 } },
  ],
  [
    'Undecided: the server said: cannot insert multiple commands into a prepared statement',
    { sql: 'SELECT 1; DROP TABLE orders', expect: { rows: 1 } },
  ],
  [
    'Undecided: the server said: syntax error at or near "FROM"',
    { sql: 'SELECT count( FROM orders', expect: { rows: 1 } },
  ],
  ['Failed: the server said: division by zero', { sql: 'SELECT 1/0', expect: { rows: 1 } }],
  [
    'Failed: the run does not hold database elsewhere, which the check names',
    { sql: 'SELECT 1', database: 'elsewhere', expect: { rows: 1 } },
  ],
  [
    'Undecided: its session ended before it had answered',
    { sql: 'SELECT pg_terminate_backend(pg_backend_pid())', expect: { rows: 1 } },
  ],
  [
    'Undecided: it did not end within 1 s: raise its timeoutSeconds, or ask for less',
    { sql: 'SELECT pg_sleep(60)', timeoutSeconds: 1, expect: { rows: 1 } },
  ],
  [
    'Undecided: it did not end within 3 s: raise its timeoutSeconds, or ask for less',
    {
      sql: `SELECT set_config('statement_timeout', '0', false), pg_sleep(0.02) FROM generate_series(1, 5000)`,
      timeoutSeconds: 3,
      expect: { rows: 5000 },
    },
  ],
];

/** Files that the server could have written or programs have made. */
const traces = '/tmp/pgcairn-assertion-trace';
const inner = (sql: string): string => `query_to_xml($q$${sql}$q$, true, false, '')`;
const becomeSuper = `set_config('role', 'postgres', false), set_config('session_authorization', 'postgres', false)`;
const escapes: readonly string[] = [
  `COPY (SELECT 1) TO PROGRAM 'touch ${traces}'`,
  `COPY shop.orders TO '${traces}'`,
  `SELECT pg_read_file('/etc/passwd')`,
  `SELECT pg_ls_dir('/')`,
  `SELECT lo_export(4711, '${traces}')`,
  `SELECT lo_import('/etc/passwd')`,
  `SELECT * FROM dblink('dbname=shop user=postgres', 'DROP TABLE shop.orders') AS t(a text)`,
  `SELECT dblink_connect_u('dbname=shop user=postgres')`,
  'SET ROLE postgres',
  'RESET ROLE',
  'SET SESSION AUTHORIZATION postgres',
  `SELECT ${becomeSuper}`,
  `SELECT ${becomeSuper}, ${inner('DELETE FROM shop.orders')}`,
  `SELECT set_config('role', 'none', false), ${inner(`SELECT pg_read_file('/etc/passwd')`)}`,
  `SELECT set_config('transaction_read_only', 'off', false), ${inner('DELETE FROM shop.orders')}`,
  'SELECT 1; DROP TABLE shop.orders',
  'SELECT 1; COMMIT; DROP TABLE shop.orders',
  'COMMIT',
  'ROLLBACK',
  'DROP TABLE shop.orders',
  'INSERT INTO shop.guarded VALUES (3) RETURNING 1',
  'WITH gone AS (DELETE FROM shop.orders RETURNING 1) SELECT count(*) FROM gone',
  'SELECT * FROM shop.orders FOR UPDATE',
  'SELECT shop.now_we_write()',
  `SELECT nextval('shop.numbers')`,
  'CREATE TABLE shop.mine ()',
  'SELECT * INTO shop.mine FROM shop.orders',
  `DO $$ BEGIN DELETE FROM shop.orders; END $$`,
  `SELECT pg_reload_conf()`,
  `EXPLAIN ANALYZE DELETE FROM shop.orders`,
];

describe.each(['13', '14', '18'] as const)('assertions about a copy in PostgreSQL %s', (major) => {
  let restored: Restored;
  beforeAll(async () => {
    restored = await restore(major, { fill: (source) => source.sql(fill, 'shop') });
  });
  afterAll(() => restored?.remove());

  async function ask(questions: readonly Question[]): Promise<EvidenceCheck[]> {
    const assertions = questions.map((question, index) => ({
      ...question,
      name: `question ${String(index)}`,
    }));
    const run = restored.withSpec({
      assertions: assertions.map((assertion) => ({ ...assertion, sql: 'SELECT 1' })),
      indexes: 'None',
    });
    // Past the schema, which takes queries alone: what the server does with the rest has to hold by itself.
    const given = run.spec.checks.assertions.map((assertion, index) => ({
      ...assertion,
      sql: assertions[index]?.sql ?? '',
    }));
    const spec = { ...run.spec, checks: { ...run.spec.checks, assertions: given } };
    const { checks } = await runChecks({ ...run, spec });
    return checks.filter(({ id }) => id === 'Assertion');
  }

  it('hold as PostgreSQL writes values, in the order of the spec', async () => {
    const checks = await ask(good);
    expect(complaints(checks)).toEqual([]);
    expect(checks.map(({ name, outcome, database }) => [name, outcome, database])).toEqual(
      good.map((_, index) => [`question ${String(index)}`, 'Passed', 'shop']),
    );
  });

  it('fail by what they give, and stay open when they take too long', async () => {
    const checks = await ask(bad.map(([, question]) => question));
    const said = bad.map((_, index) => checks.find(({ name }) => name === `question ${String(index)}`));
    expect(said.map((check) => `${check?.outcome ?? ''}: ${check?.detail ?? ''}`)).toEqual(
      bad.map(([words]) => words),
    );
  });

  it('can neither write nor read files nor become somebody else nor reach out', async () => {
    const before = await stateOf(restored);
    const checks = await ask(escapes.map((sql) => ({ sql, expect: { equals: 'never' } })));
    expect(
      checks.map(({ outcome, detail }, index) => `${escapes[index] ?? ''}: ${outcome} ${detail}`),
    ).toEqual(
      escapes.map((sql) =>
        expect.stringMatching(new RegExp(`^${escaped(sql)}: (Failed|Undecided) the server said: `)),
      ),
    );
    expect(await stateOf(restored)).toBe(before);
    await expect(access(traces)).rejects.toThrow('ENOENT');
  });

  it('leave no role behind', async () => {
    await ask(good.slice(0, 1));
    expect(await restored.server.sql(`SELECT count(*) FROM pg_roles WHERE rolname ~ '^pgcairn'`)).toBe('0');
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function stateOf({ server }: Restored): Promise<string> {
  return server.sql(
    `SELECT (SELECT count(*) FROM shop.orders), (SELECT count(*) FROM shop.guarded), (SELECT is_called FROM shop.numbers),
            (SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND oid > 16384),
            (SELECT count(*) FROM pg_largeobject_metadata)`,
    'shop',
  );
}

it('an assertion without a database asks the first by name', async () => {
  const restored = await restore('16', { fill: (source) => source.sql('CREATE TABLE t ()', 'shop') });
  try {
    const other = await restored.damaged('SELECT 1', {
      assertions: [{ name: 'where', sql: 'SELECT current_database()', expect: { equals: 'shop' } }],
    });
    const databases = [...other.databases, ...restored.run.databases];
    const { checks } = await runChecks({ ...other, databases });
    expect(complaints(checks)).toEqual([]);
    expect(checks.filter(({ id }) => id === 'Rows').map(({ database }) => database)).toEqual([
      'shop_1',
      'shop',
    ]);
  } finally {
    await restored.remove();
  }
});
