import { describe, expect, it } from 'vitest';
import type { SchemaEntry } from './schema-comparison-entries.ts';
import { compareSchemas } from './schema-comparison.ts';

let ids = 0;
function entry(desc: string, tag: string, more: Partial<SchemaEntry> = {}): SchemaEntry {
  ids += 1;
  return { dumpId: ids, desc, tag, namespace: 'shop', owner: 'app', dependencies: [], ...more };
}
const whole = { partial: false, major: 16 };
function compare(backup: SchemaEntry[], restored: SchemaEntry[], partial = false): readonly string[] {
  return compareSchemas(backup, restored, { partial, major: 16 }).differences;
}
const view = (definition: string, more: Partial<SchemaEntry> = {}): SchemaEntry =>
  entry('VIEW', 'v', { definition, ...more });

describe('what is equal', () => {
  it('is compared and not told', () => {
    const both = [view('CREATE VIEW shop.v AS SELECT 1;\n'), entry('TABLE', 't')];
    expect(compareSchemas(both, both, whole)).toEqual({
      compared: 2,
      reworded: 0,
      differences: [],
    });
  });

  it.each([
    [
      'an IN over varchar',
      "CHECK (((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
      "CHECK (((status)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))",
    ],
    [
      'a bound in another time zone',
      "FOR VALUES FROM ('2025-01-01 00:00:00-05') TO ('2026-01-01 00:30:00.5+05:30');",
      "FOR VALUES FROM ('2025-01-01 05:00:00+00') TO ('2025-12-31 19:00:00.5+00');",
    ],
    [
      'the versions of columns',
      'CREATE TABLE t (a integer, b text);\nALTER TABLE ONLY t ALTER COLUMN a SET (pg_attver=44932720);\nALTER TABLE ONLY t ALTER COLUMN b SET (pg_attver=1, n_distinct=5);\n',
      'CREATE TABLE t (a integer, b text);\nALTER TABLE ONLY t ALTER COLUMN b SET (n_distinct=5, pg_attver=57231240);\n',
    ],
    ['white space', 'SELECT 1,\n    2', 'SELECT 1, 2'],
    ['quotes that are not needed', 'SELECT "id" FROM "s"."t"', 'SELECT id FROM s.t'],
    [
      'the name of a sequence in quotes',
      `DEFAULT nextval('"s"."t_id_seq"'::regclass)`,
      "DEFAULT nextval('s.t_id_seq'::regclass)",
    ],
    ['a time zone in the name of a type', 'x::timestamp(3) with time zone > y', 'x > y'],
    [
      'columns of a child table',
      'CREATE TABLE c (\n    a integer,\n    b text\n)\nINHERITS (p);\n',
      'CREATE TABLE c (\n    b text,\n    a integer\n)\nINHERITS (p);\n',
    ],
  ])('includes %s, and counts it as said in other words', (_, before, after) => {
    const result = compareSchemas([view(before)], [view(after)], whole);
    expect(result).toEqual({ compared: 1, reworded: 1, differences: [] });
  });

  it('includes privileges in another order', () => {
    const grants = ['GRANT SELECT ON TABLE t TO a;\n', 'GRANT INSERT ON TABLE t TO b;\n'];
    const of = (definition: string): SchemaEntry => entry('ACL', 'TABLE t', { definition });
    expect(compare([of(grants.join(''))], [of(grants.toReversed().join(''))])).toEqual([]);
  });

  it('includes the roles of a policy in another order, and no other role', () => {
    const policy = (roles: string): SchemaEntry =>
      entry('POLICY', 't p', {
        definition: `CREATE POLICY p ON shop.t FOR SELECT TO ${roles} USING ((a > 0));`,
      });
    expect(compare([policy('app, "A b"')], [policy('"A b", app')])).toEqual([]);
    expect(compare([policy('app, "A b"')], [policy('"A b", other')])).toHaveLength(1);
  });

  it('leaves out data, large objects and the database itself', () => {
    const backup = [
      ...[
        'TABLE DATA',
        'SEQUENCE SET',
        'BLOB',
        'BLOB METADATA',
        'BLOBS',
        'DATABASE',
        'DATABASE PROPERTIES',
      ].map((desc) => entry(desc, 'x')),
      entry('MATERIALIZED VIEW DATA', 'mv'),
      entry('ACL', 'DATABASE shop'),
      entry('COMMENT', 'LARGE OBJECT 17'),
    ];
    expect(compareSchemas(backup, [], whole)).toEqual({
      compared: 0,
      reworded: 0,
      differences: [],
    });
  });

  it('lets schema public be there where the source had none, which servers before 15 list', () => {
    const { namespace: _, ...schema } = entry('SCHEMA', 'public', { owner: 'postgres' });
    const { namespace: __, ...comment } = entry('COMMENT', 'SCHEMA public');
    const { namespace: ___, ...privileges } = entry('ACL', 'SCHEMA public');
    const old = { partial: false, major: 14 };
    expect(compareSchemas([], [schema, comment, privileges], old).differences).toEqual([]);
    expect(compareSchemas([schema], [schema, privileges], old).differences).toHaveLength(1);
    expect(compare([], [schema])).toHaveLength(1);
    expect(compare([], [privileges])).toHaveLength(1);
  });
});

describe('what differs', () => {
  it.each([
    ['a literal', "SELECT 'a'", "SELECT 'b'"],
    ['where parentheses stand', 'WHERE (((a OR b)) AND c)', 'WHERE ((a OR (b AND c)))'],
    ['an operator', 'WHERE (a < 1)', 'WHERE (a <= 1)'],
    ['an instant', "FROM ('2025-01-01 00:00:00-05')", "FROM ('2025-01-01 00:00:00+00')"],
    ['a body between dollars', 'AS $_$SELECT ( 1 )$_$', 'AS $_$SELECT 1$_$'],
    ['a name with capitals', 'SELECT "Id"', 'SELECT id'],
  ])('includes %s', (_, before, after) => {
    expect(compare([view(before)], [view(after)])).toEqual(['VIEW shop.v: definition differs']);
  });

  it('names owner and access method', () => {
    const definition = 'CREATE TABLE t ();';
    const before = entry('TABLE', 't', { definition, tableAccessMethod: 'mine' });
    const after = { ...before, owner: 'postgres', tableAccessMethod: 'heap' };
    expect(compare([before], [after])).toEqual([
      'TABLE shop.t: owner postgres instead of app, access method heap instead of mine',
    ]);
  });

  it('does not repeat the owner of a table for what is part of it', () => {
    const before = entry('INDEX', 't_id', { definition: 'CREATE INDEX' });
    expect(compare([before], [{ ...before, owner: 'postgres' }])).toEqual([]);
  });

  it('names the columns of a table, and no value', () => {
    const table = (lines: string): SchemaEntry =>
      entry('TABLE', 't', { definition: `CREATE TABLE shop.t (\n${lines}\n);\n\n\n` });
    const before = table(
      '    id integer NOT NULL,\n    "Größe" text DEFAULT \'secret\',\n    gone date,\n    CONSTRAINT c CHECK ((id > 0))',
    );
    const after = table(
      '    id bigint NOT NULL,\n    "Größe" text,\n    extra date,\n    CONSTRAINT c CHECK ((id > 1))',
    );
    expect(compare([before], [after])).toEqual([
      'TABLE shop.t: column id differs, column "Größe" differs, column gone is missing',
    ]);
  });

  it('names privileges', () => {
    const of = (definition: string): SchemaEntry => entry('ACL', 'TABLE t', { definition });
    expect(
      compare(
        [of('GRANT ALL ON TABLE t TO a;\nGRANT SELECT ON TABLE t TO b;\n')],
        [of('GRANT ALL ON TABLE t TO a;\nGRANT SELECT ON TABLE t TO PUBLIC;\n')],
      ),
    ).toEqual([
      'ACL of TABLE t in shop: lacks GRANT SELECT ON TABLE t TO b, has GRANT SELECT ON TABLE t TO PUBLIC',
    ]);
  });

  it('says which trigger is switched off', () => {
    const before = entry('TRIGGER', 't keep', { definition: 'CREATE TRIGGER keep;\n' });
    const definition = `${before.definition ?? ''}\nALTER TABLE shop.t DISABLE TRIGGER keep;\n`;
    expect(compare([before], [{ ...before, definition }])).toEqual([
      'TRIGGER shop.t keep: has ALTER TABLE shop.t DISABLE TRIGGER keep',
    ]);
  });

  it('never tells a password', () => {
    const mapping = (password: string): SchemaEntry =>
      entry('USER MAPPING', 'USER MAPPING app SERVER far', {
        definition: `CREATE USER MAPPING FOR app SERVER far OPTIONS (\n    password '${password}'\n);\n`,
      });
    expect(compare([mapping('one')], [mapping('two')]).join()).not.toMatch(/one|two/);
  });
});

describe('what is missing or too much', () => {
  it('is named once, with the number of things that depend on it', () => {
    const table = entry('TABLE', 't');
    const index = entry('INDEX', 't_id', { dependencies: [table.dumpId] });
    const comment = entry('COMMENT', 'INDEX t_id', { dependencies: [index.dumpId] });
    expect(compare([table, index, comment], [])).toEqual([
      'TABLE shop.t is missing, with 2 more that depend on it',
    ]);
    expect(compare([], [table, index])).toEqual([
      'TABLE shop.t should not be there: the backup does not hold it, with 1 more that depend on it',
    ]);
  });

  it('is counted where several have one name', () => {
    const operator = (definition: string): SchemaEntry => entry('OPERATOR', '|||', { definition });
    expect(compare([operator('a'), operator('b')], [operator('b')])).toEqual([
      'OPERATOR shop.||| is missing',
    ]);
  });

  it('leaves out schemas and extensions that a part of a database needs', () => {
    const { namespace: _, ...schema } = entry('SCHEMA', 'other');
    const { namespace: __, ...comment } = entry('COMMENT', 'EXTENSION citext');
    expect(compare([], [schema, comment], true)).toEqual([]);
    expect(compare([], [schema, comment], false)).toHaveLength(2);
    expect(compare([], [entry('TABLE', 't')], true)).toHaveLength(1);
  });
});
