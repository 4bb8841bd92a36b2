import type { AuditFinding } from '../../../src/api/v1alpha1/backup-drill-checks.ts';

export interface AuditCase {
  readonly it: string;
  /** Every case has a schema of its own, in which its SQL makes everything. */
  readonly schema: string;
  readonly sql: string;
  /** Findings about tables of the schema: kind, index, SQL. `S` in SQL stands for the quoted schema. */
  readonly finds?: readonly (readonly [AuditFinding, string | undefined, string])[];
  /** Entries of spec.audit.required; `S` stands for the schema. */
  readonly required?: readonly object[];
  /** Runs outside of a transaction, after everything else; may fail. */
  readonly breaks?: string;
  /** Runs on the live server before the SQL of the findings. */
  readonly repairs?: string;
}

const parent = 'CREATE TABLE parent (id int PRIMARY KEY, a int, b int, UNIQUE (a, b));';
/** Keys so long that an index of few rows is large, and short enough that no index compresses them. */
const longKeys = (rows: number): string =>
  `SELECT repeat(md5(i::text), 15) FROM generate_series(1, ${rows}) i`;
const wide = (rows: number): string =>
  `INSERT INTO t SELECT i, i % 1000, md5(i::text) FROM generate_series(1, ${rows}) i;`;

export const foreignKeyCases: readonly AuditCase[] = [
  {
    it: 'a foreign key without an index',
    schema: 'fk_plain',
    sql: `${parent} CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES parent);`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_p_idx" ON S."child" USING btree (p);',
      ],
    ],
  },
  {
    it: 'a foreign key with an index, and one that the primary key serves',
    schema: 'fk_fine',
    sql: `${parent} CREATE TABLE child (p int REFERENCES parent, q int, PRIMARY KEY (p, q));
      CREATE TABLE other (id int PRIMARY KEY, p int REFERENCES parent, q int); CREATE INDEX ON other (p, q);`,
  },
  {
    it: 'a foreign key over two columns, indexed in the other order',
    schema: 'fk_order',
    sql: `${parent} CREATE TABLE child (x int, y int, z int, FOREIGN KEY (x, y) REFERENCES parent (a, b));
      CREATE INDEX ON child (y, x, z);`,
  },
  {
    it: 'a foreign key over two columns, of which the index leads with one only',
    schema: 'fk_half',
    sql: `${parent} CREATE TABLE child (x int, y int, z int, FOREIGN KEY (x, y) REFERENCES parent (a, b));
      CREATE INDEX ON child (x, z, y);`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_x_y_idx" ON S."child" USING btree (x, y);',
      ],
    ],
  },
  {
    it: 'a partial index that leaves out only what is NULL',
    schema: 'fk_not_null',
    sql: `${parent} CREATE TABLE child (x int, "y AND" int, FOREIGN KEY (x, "y AND") REFERENCES parent (a, b));
      CREATE INDEX ON child (x, "y AND") WHERE x IS NOT NULL AND "y AND" IS NOT NULL;
      CREATE TABLE other (p int REFERENCES parent); CREATE INDEX ON other (p) WHERE p IS NOT NULL;`,
  },
  {
    it: 'a partial index that leaves out rows, one on an expression, BRIN, and one that only includes the column',
    schema: 'fk_useless',
    sql: `${parent} CREATE TABLE child (p int REFERENCES parent, gone boolean);
      CREATE INDEX ON child (p) WHERE NOT gone; CREATE INDEX ON child ((p + 0)); CREATE INDEX ON child USING brin (p);
      CREATE INDEX ON child (gone) INCLUDE (p);`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_p_idx2" ON S."child" USING btree (p);',
      ],
    ],
  },
  {
    it: 'a hash index, and one with operators for LIKE',
    schema: 'fk_methods',
    sql: `CREATE TABLE parent (id text PRIMARY KEY); CREATE TABLE child (p text REFERENCES parent, q text REFERENCES parent);
      CREATE INDEX ON child USING hash (p); CREATE INDEX ON child (q text_pattern_ops);`,
  },
  {
    it: 'an index that sorts by another collation',
    schema: 'fk_collation',
    sql: `CREATE TABLE parent (id text PRIMARY KEY); CREATE TABLE child (p text REFERENCES parent);
      CREATE INDEX child_posix ON child (p COLLATE "POSIX");`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_p_idx" ON S."child" USING btree (p);',
      ],
    ],
  },
  {
    it: 'types that differ, with an index: varchar for text, a domain, int for bigint, int for numeric',
    schema: 'fk_types',
    sql: `CREATE DOMAIN code AS text; CREATE TABLE t1 (id text PRIMARY KEY); CREATE TABLE t2 (id bigint PRIMARY KEY);
      CREATE TABLE t3 (id numeric PRIMARY KEY);
      CREATE TABLE child (a varchar(9) REFERENCES t1, b code REFERENCES t1, c int REFERENCES t2, d int REFERENCES t3);
      CREATE INDEX ON child (a); CREATE INDEX ON child (b); CREATE INDEX ON child (c); CREATE INDEX ON child (d);`,
  },
  {
    it: 'two foreign keys over one column, which are one finding',
    schema: 'fk_twice',
    sql: `${parent} CREATE TABLE other (id int PRIMARY KEY);
      CREATE TABLE child (p int CONSTRAINT one REFERENCES parent CONSTRAINT two REFERENCES other);`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_p_idx" ON S."child" USING btree (p);',
      ],
    ],
  },
  {
    it: 'two foreign keys of which one index serves both',
    schema: 'fk_nested',
    sql: `${parent} CREATE TABLE child (x int REFERENCES parent, y int, FOREIGN KEY (x, y) REFERENCES parent (a, b));`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_x_y_idx" ON S."child" USING btree (x, y);',
      ],
      [
        'ForeignKeyUnindexed',
        undefined,
        '-- the index child_x_y_idx, which another finding asks for, serves this too',
      ],
    ],
  },
  {
    it: 'a table that points at itself, with a constraint that is not validated',
    schema: 'fk_self',
    sql: `CREATE TABLE tree (id int PRIMARY KEY, up int);
      ALTER TABLE tree ADD CONSTRAINT tree_up FOREIGN KEY (up) REFERENCES tree NOT VALID;`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "tree_up_idx" ON S."tree" USING btree (up);',
      ],
    ],
  },
  {
    it: 'a child by inheritance, whose parent has the index',
    schema: 'fk_inherited',
    sql: `${parent} CREATE TABLE base (p int REFERENCES parent); CREATE INDEX ON base (p);
      CREATE TABLE child () INHERITS (base); ALTER TABLE child ADD FOREIGN KEY (p) REFERENCES parent;`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_p_idx" ON S."child" USING btree (p);',
      ],
    ],
  },
  {
    it: 'a partitioned table whose partitions all have an index of their own',
    schema: 'fk_parts_fine',
    sql: `${parent} CREATE TABLE child (p int REFERENCES parent, at int) PARTITION BY RANGE (at);
      CREATE TABLE child_1 PARTITION OF child FOR VALUES FROM (0) TO (10); CREATE INDEX ON child_1 (p);
      CREATE TABLE child_2 PARTITION OF child FOR VALUES FROM (10) TO (20); CREATE INDEX ON child_2 (p);
      CREATE TABLE indexed (p int REFERENCES parent, at int) PARTITION BY RANGE (at);
      CREATE TABLE indexed_1 PARTITION OF indexed FOR VALUES FROM (0) TO (10); CREATE INDEX ON indexed (p);`,
  },
  {
    it: 'a partitioned table with partitions of partitions, one of which has the index already',
    schema: 'fk_parts',
    sql: `${parent} CREATE TABLE child (p int REFERENCES parent, at int) PARTITION BY RANGE (at);
      CREATE TABLE child_1 PARTITION OF child FOR VALUES FROM (0) TO (10);
      CREATE TABLE child_2 (at int, p int) PARTITION BY LIST (at);
      ALTER TABLE child ATTACH PARTITION child_2 FOR VALUES FROM (10) TO (20);
      CREATE TABLE child_2_a PARTITION OF child_2 FOR VALUES IN (10);
      CREATE TABLE child_2_b PARTITION OF child_2 DEFAULT; CREATE INDEX own ON child_2_a (p);`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        `CREATE INDEX "child_p_idx" ON ONLY S."child" USING btree (p);
CREATE INDEX CONCURRENTLY "child_1_p_idx" ON S."child_1" USING btree (p);
ALTER INDEX S."child_p_idx" ATTACH PARTITION S."child_1_p_idx";
CREATE INDEX "child_2_p_idx" ON ONLY S."child_2" USING btree (p);
ALTER INDEX S."child_2_p_idx" ATTACH PARTITION S."own";
CREATE INDEX CONCURRENTLY "child_2_b_p_idx" ON S."child_2_b" USING btree (p);
ALTER INDEX S."child_2_p_idx" ATTACH PARTITION S."child_2_b_p_idx";
ALTER INDEX S."child_p_idx" ATTACH PARTITION S."child_2_p_idx";`,
      ],
    ],
  },
  {
    it: 'a partitioned table that has no partition yet',
    schema: 'fk_no_parts',
    sql: `${parent} CREATE TABLE child (p int REFERENCES parent, at int) PARTITION BY RANGE (at);`,
    finds: [
      ['ForeignKeyUnindexed', undefined, 'CREATE INDEX "child_p_idx" ON ONLY S."child" USING btree (p);'],
    ],
  },
  {
    it: 'names with capitals, quotes, spaces, other scripts, and longer than an index may have',
    schema: 'Ö "x"',
    sql: `${parent}
      CREATE TABLE "Aufträge ""alt"" für Übergrößen und Sonderfälle bis" ("Prüf Nr" int REFERENCES parent, "日本" int REFERENCES parent);`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        `CREATE INDEX CONCURRENTLY "Aufträge ""alt"" für Übergrößen und Sonderfälle bis_Pr_idx" ON S."Aufträge ""alt"" für Übergrößen und Sonderfälle bis" USING btree ("Prüf Nr");`,
      ],
      [
        'ForeignKeyUnindexed',
        undefined,
        `CREATE INDEX CONCURRENTLY "Aufträge ""alt"" für Übergrößen und Sonderfälle bis_日_idx" ON S."Aufträge ""alt"" für Übergrößen und Sonderfälle bis" USING btree ("日本");`,
      ],
    ],
  },
  {
    it: 'a name that a table, a sequence and an index have already',
    schema: 'fk_names',
    sql: `${parent} CREATE TABLE child (id int, p int REFERENCES parent); CREATE TABLE child_p_idx ();
      CREATE SEQUENCE child_p_idx2; CREATE INDEX child_p_idx3 ON child (id);`,
    finds: [
      [
        'ForeignKeyUnindexed',
        undefined,
        'CREATE INDEX CONCURRENTLY "child_p_idx4" ON S."child" USING btree (p);',
      ],
    ],
  },
  {
    it: 'an index that would serve if it were not invalid',
    schema: 'fk_invalid',
    sql: `${parent} CREATE TABLE child (p int REFERENCES parent); INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1), (1);`,
    breaks: 'CREATE UNIQUE INDEX CONCURRENTLY broken ON S.child (p)',
    repairs: 'DELETE FROM S.child',
    finds: [
      ['Invalid', 'broken', 'REINDEX INDEX CONCURRENTLY S."broken";'],
      ['ForeignKeyUnindexed', 'broken', 'REINDEX INDEX CONCURRENTLY S."broken";'],
    ],
  },
];

export const overlapCases: readonly AuditCase[] = [
  {
    it: 'two indexes that are the same but for their names and fill',
    schema: 'same',
    sql: `CREATE TABLE t (a int, b int, c text); CREATE INDEX i1 ON t (a, b); CREATE INDEX i2 ON t (a, b) WITH (fillfactor = 70);`,
    finds: [['Duplicate', 'i2', 'DROP INDEX CONCURRENTLY S."i2";']],
  },
  {
    it: 'the same expression, the same condition, the same included columns',
    schema: 'same_odd',
    sql: `CREATE TABLE t (a int, b text, c jsonb);
      CREATE INDEX e1 ON t (lower(b)); CREATE INDEX e2 ON t (LOWER(b));
      CREATE INDEX p1 ON t (a) WHERE a > 3; CREATE INDEX p2 ON t (a) WHERE (a > 3);
      CREATE INDEX n1 ON t (b) INCLUDE (a, c); CREATE INDEX n2 ON t (b) INCLUDE (c, a);
      CREATE INDEX g1 ON t USING gin (c); CREATE INDEX g2 ON t USING gin (c);`,
    finds: [
      ['Duplicate', 'e2', 'DROP INDEX CONCURRENTLY S."e2";'],
      ['Duplicate', 'g2', 'DROP INDEX CONCURRENTLY S."g2";'],
      ['Duplicate', 'n2', 'DROP INDEX CONCURRENTLY S."n2";'],
      ['Duplicate', 'p2', 'DROP INDEX CONCURRENTLY S."p2";'],
    ],
  },
  {
    it: 'indexes that look alike and are not: order, operators, collation, condition, expression, kind',
    schema: 'alike',
    sql: `CREATE TABLE t (a int, b text, c jsonb, d tsvector);
      CREATE INDEX ON t (a); CREATE INDEX ON t (a DESC); CREATE INDEX ON t (a NULLS FIRST); CREATE INDEX ON t USING hash (a);
      CREATE INDEX ON t (b); CREATE INDEX ON t (b text_pattern_ops); CREATE INDEX ON t (b COLLATE "POSIX");
      CREATE INDEX ON t (lower(b)); CREATE INDEX ON t (upper(b));
      CREATE INDEX ON t (a) WHERE a > 3; CREATE INDEX ON t (a) WHERE a > 4; CREATE INDEX ON t USING gin (c);
      CREATE INDEX ON t USING gin (c jsonb_path_ops);
      CREATE INDEX ON t USING gist (d); CREATE INDEX ON t USING gist (d tsvector_ops (siglen = 256));`,
  },
  {
    it: 'an index on what the primary key has already',
    schema: 'like_key',
    sql: `CREATE TABLE t (id int PRIMARY KEY, b int); CREATE INDEX extra ON t (id);`,
    finds: [['Redundant', 'extra', 'DROP INDEX CONCURRENTLY S."extra";']],
  },
  {
    it: 'a unique index beside a unique constraint: the constraint stays',
    schema: 'unique_twice',
    sql: `CREATE TABLE t (a int CONSTRAINT z_rule UNIQUE, b int); CREATE UNIQUE INDEX a_plain ON t (a);
      CREATE UNIQUE INDEX later ON t (b); ALTER TABLE t ADD CONSTRAINT b_rule UNIQUE (b) DEFERRABLE;`,
    finds: [['Duplicate', 'a_plain', 'DROP INDEX CONCURRENTLY S."a_plain";']],
  },
  {
    it: 'two constraints over the same column: neither is touched',
    schema: 'rules',
    sql: `CREATE TABLE t (a int PRIMARY KEY, CONSTRAINT again UNIQUE (a));`,
  },
  {
    it: 'the first columns of a longer index, and of one longer still',
    schema: 'prefix',
    sql: `CREATE TABLE t (a int, b int, c int); CREATE INDEX i1 ON t (a); CREATE INDEX i2 ON t (a, b); CREATE INDEX i3 ON t (a, b, c);`,
    finds: [
      ['Redundant', 'i1', 'DROP INDEX CONCURRENTLY S."i1";'],
      ['Redundant', 'i2', 'DROP INDEX CONCURRENTLY S."i2";'],
    ],
  },
  {
    it: 'a unique index that a longer one begins with',
    schema: 'prefix_unique',
    sql: `CREATE TABLE t (a int, b int); CREATE UNIQUE INDEX ON t (a); CREATE INDEX ON t (a, b);`,
  },
  {
    it: 'included columns that the longer index has, and some that it has not',
    schema: 'prefix_included',
    sql: `CREATE TABLE t (a int, b int, c int, d int); CREATE INDEX served ON t (a) INCLUDE (b); CREATE INDEX wide ON t (a, b) INCLUDE (c);
      CREATE INDEX kept ON t (a) INCLUDE (d);`,
    finds: [['Redundant', 'served', 'DROP INDEX CONCURRENTLY S."served";']],
  },
  {
    it: 'conditions: the same on both, or on the longer one only',
    schema: 'prefix_partial',
    sql: `CREATE TABLE t (a int, b int); CREATE INDEX i1 ON t (a) WHERE b > 0; CREATE INDEX i2 ON t (a, b) WHERE b > 0;
      CREATE INDEX i3 ON t (b); CREATE INDEX i4 ON t (b, a) WHERE a > 0;`,
    finds: [['Redundant', 'i1', 'DROP INDEX CONCURRENTLY S."i1";']],
  },
  {
    it: 'GiST, where the first columns are no prefix of a sort order',
    schema: 'prefix_gist',
    sql: `CREATE TABLE t (a point, b box); CREATE INDEX ON t USING gist (a); CREATE INDEX ON t USING gist (a, b);`,
  },
  {
    it: 'indexes that something else than queries needs',
    schema: 'needed',
    sql: `CREATE TABLE t (a int NOT NULL, b int); CREATE UNIQUE INDEX a_target ON t (a); CREATE TABLE u (a int REFERENCES t (a));
      CREATE INDEX ON u (a); CREATE UNIQUE INDEX identity ON t (a); ALTER TABLE t REPLICA IDENTITY USING INDEX identity;
      CREATE INDEX sorted ON t (b); CREATE INDEX ON t (b, a); ALTER TABLE t CLUSTER ON sorted;`,
  },
  {
    it: 'two unique indexes that a foreign key could lean on: the one that it does not can go',
    schema: 'target',
    sql: `CREATE TABLE t (a int); CREATE UNIQUE INDEX first ON t (a); CREATE TABLE u (a int PRIMARY KEY REFERENCES t (a));
      CREATE UNIQUE INDEX "0" ON t (a);`,
    finds: [['Duplicate', '0', 'DROP INDEX CONCURRENTLY S."0";']],
  },
  {
    it: 'an index that the owner asks for by its name',
    schema: 'wanted',
    sql: `CREATE TABLE t (a int, b int); CREATE INDEX asked ON t (a); CREATE INDEX ON t (a, b);`,
    required: [{ table: 'S.t', name: 'asked' }],
  },
  {
    it: 'a partitioned index, and an index of one partition alone',
    schema: 'parts',
    sql: `CREATE TABLE t (a int, b int) PARTITION BY RANGE (a); CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10);
      CREATE INDEX wide ON t (a, b); CREATE INDEX narrow ON t (a); CREATE INDEX alone ON t_1 (a, b);`,
    finds: [
      ['Duplicate', 'alone', 'DROP INDEX CONCURRENTLY S."alone";'],
      ['Redundant', 'narrow', `SET lock_timeout = '2s';\nDROP INDEX S."narrow";\nRESET lock_timeout;`],
    ],
  },
  {
    it: 'a materialized view',
    schema: 'views',
    sql: `CREATE MATERIALIZED VIEW v AS SELECT 1 AS a, 2 AS b; CREATE INDEX v1 ON v (a); CREATE INDEX v2 ON v (a);`,
    finds: [['Duplicate', 'v2', 'DROP INDEX CONCURRENTLY S."v2";']],
  },
];

export const otherCases: readonly AuditCase[] = [
  {
    it: 'a table that belongs to an extension',
    schema: 'extension',
    sql: `${parent} CREATE EXTENSION citext; CREATE TABLE child (p int REFERENCES parent); CREATE INDEX a ON child ((p + 1));
      CREATE INDEX b ON child ((p + 1)); ALTER EXTENSION citext ADD TABLE child;`,
  },
  {
    it: 'an index that is invalid, and what an interrupted REINDEX left',
    schema: 'invalid',
    sql: `CREATE TABLE t (a int, b int); INSERT INTO t VALUES (1, 1), (1, 2); CREATE INDEX sound ON t (b);
      CREATE INDEX sound_ccnew ON t (b); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'sound_ccnew'::regclass;`,
    breaks: 'CREATE UNIQUE INDEX CONCURRENTLY "bro""ken" ON S.t (a)',
    repairs: 'DELETE FROM S.t',
    finds: [
      ['Invalid', 'bro"ken', 'REINDEX INDEX CONCURRENTLY S."bro""ken";'],
      ['Invalid', 'sound_ccnew', 'DROP INDEX CONCURRENTLY S."sound_ccnew";'],
    ],
  },
  {
    it: 'a partitioned index of which two partitions have no part',
    schema: 'incomplete',
    sql: `CREATE TABLE t (a int, b text) PARTITION BY RANGE (a); CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10);
      CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (10) TO (20); CREATE TABLE t_3 PARTITION OF t FOR VALUES FROM (20) TO (30);
      CREATE UNIQUE INDEX top ON ONLY t (a, lower(b)) INCLUDE (b) WHERE a > 1; CREATE UNIQUE INDEX one ON t_1 (a, lower(b)) INCLUDE (b) WHERE a > 1;
      ALTER INDEX top ATTACH PARTITION one;`,
    finds: [
      [
        'Invalid',
        'top',
        `CREATE UNIQUE INDEX CONCURRENTLY "t_2_a_expr_idx" ON S."t_2" USING btree (a, lower(b)) INCLUDE (b) WHERE (a > 1);
ALTER INDEX S."top" ATTACH PARTITION S."t_2_a_expr_idx";
CREATE UNIQUE INDEX CONCURRENTLY "t_3_a_expr_idx" ON S."t_3" USING btree (a, lower(b)) INCLUDE (b) WHERE (a > 1);
ALTER INDEX S."top" ATTACH PARTITION S."t_3_a_expr_idx";`,
      ],
    ],
  },
  {
    it: 'indexes that nobody uses; not those that are unique, small, used, or asked for, or that a foreign key needs',
    schema: 'unused',
    sql: `CREATE TABLE target (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, fk int, c text UNIQUE);
      ${wide(60_000)} ALTER TABLE t ADD FOREIGN KEY (fk) REFERENCES target NOT VALID;
      CREATE INDEX t_fk ON t (fk, id); CREATE INDEX idle ON t (c, fk); CREATE INDEX busy ON t (c, id);
      CREATE INDEX asked ON t (c COLLATE "POSIX"); CREATE TABLE small (a int); CREATE INDEX small_a ON small (a);
      ANALYZE t; SET LOCAL enable_seqscan = off; SELECT count(*) FROM (SELECT c, id FROM t ORDER BY c, id) x;`,
    required: [{ table: 'S.t', name: 'asked' }],
    finds: [['Unused', 'idle', 'DROP INDEX CONCURRENTLY S."idle";']],
  },
  {
    it: 'a pair of which one goes: the one that stays is not called unused',
    schema: 'unused_pair',
    sql: `CREATE TABLE t (id int, fk int, c text); ${wide(60_000)} CREATE INDEX one ON t (c); CREATE INDEX two ON t (c, fk);`,
    finds: [['Redundant', 'one', 'DROP INDEX CONCURRENTLY S."one";']],
  },
  {
    it: 'a partitioned index none of whose parts is used',
    schema: 'unused_parts',
    sql: `CREATE TABLE t (id int, fk int, c text) PARTITION BY RANGE (id);
      CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (30000); CREATE TABLE t_2 PARTITION OF t DEFAULT;
      ${wide(60_000)} CREATE INDEX idle ON t (c);`,
    finds: [['Unused', 'idle', `SET lock_timeout = '2s';\nDROP INDEX S."idle";\nRESET lock_timeout;`]],
  },
  {
    it: 'an index that is mostly empty space',
    schema: 'bloated',
    sql: `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, c text CONSTRAINT full_of_air PRIMARY KEY);
      INSERT INTO t (c) ${longKeys(20_000)}; DELETE FROM t WHERE id % 10 <> 0;
      CREATE TABLE plain (c text PRIMARY KEY); INSERT INTO plain ${longKeys(20_000)};`,
    finds: [['Bloated', 'full_of_air', 'REINDEX INDEX CONCURRENTLY S."full_of_air";']],
  },
  {
    it: 'an exclusion constraint that is mostly empty space, which cannot be rebuilt concurrently',
    schema: 'bloated_exclusion',
    sql: `CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, c text); INSERT INTO t (c) ${longKeys(20_000)};
      ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING btree (c WITH =); DELETE FROM t WHERE id % 10 <> 0;`,
    finds: [['Bloated', 'apart', 'REINDEX INDEX S."apart";']],
  },
  {
    it: 'indexes that the owner requires: some there, some not',
    schema: 'required',
    sql: `CREATE TABLE t (a int, "B" text, c int); CREATE INDEX there ON t (a, c); CREATE INDEX partial ON t (c) WHERE a > 0;
      CREATE INDEX misnamed ON t ("B");`,
    required: [
      { table: 'S.t', columns: ['a'] },
      { table: 'S.t', columns: ['a', 'c'], name: 'there' },
      { table: 'S.t', name: 'partial' },
      { table: 'S.t', columns: ['c'] },
      { table: 'S.t', columns: ['c', 'a'] },
      { table: 'S.t', columns: ['B', 'c'], name: 'Own "name"' },
      { table: 'S.t', columns: ['c', 'B'], name: 'misnamed' },
      { table: 'S.t', columns: ['zip'] },
      { table: 'S.t', name: 'nowhere' },
    ],
    finds: [
      [
        'RequiredMissing',
        'Own "name"',
        'CREATE INDEX CONCURRENTLY "Own ""name""" ON S."t" USING btree ("B", c);',
      ],
      [
        'RequiredMissing',
        'misnamed',
        `CREATE INDEX CONCURRENTLY "t_c_B_idx" ON S."t" USING btree (c, "B");
DROP INDEX CONCURRENTLY S."misnamed";
ALTER INDEX S."t_c_B_idx" RENAME TO "misnamed";`,
      ],
      ['RequiredMissing', 'nowhere', '-- spec.audit.required gives no columns to make the index from'],
      ['RequiredMissing', undefined, '-- required.t has no column zip'],
      [
        'RequiredMissing',
        undefined,
        '-- the index t_c_a_idx, which another finding asks for, serves this too',
      ],
      ['RequiredMissing', undefined, 'CREATE INDEX CONCURRENTLY "t_c_a_idx" ON S."t" USING btree (c, a);'],
    ],
  },
  {
    it: 'a required index of a partitioned table with a foreign partition',
    schema: 'required_parts',
    sql: `CREATE EXTENSION file_fdw; CREATE SERVER nowhere FOREIGN DATA WRAPPER file_fdw;
      CREATE TABLE t (a int) PARTITION BY RANGE (a); CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10);
      CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (10) TO (20);
      CREATE FOREIGN TABLE t_3 PARTITION OF t FOR VALUES FROM (20) TO (30) SERVER nowhere OPTIONS (filename '/dev/null');`,
    required: [{ table: 'S.t', columns: ['a'] }],
    finds: [
      [
        'RequiredMissing',
        undefined,
        `CREATE INDEX CONCURRENTLY "t_1_a_idx" ON S."t_1" USING btree (a);
CREATE INDEX CONCURRENTLY "t_2_a_idx" ON S."t_2" USING btree (a);`,
      ],
    ],
  },
];
