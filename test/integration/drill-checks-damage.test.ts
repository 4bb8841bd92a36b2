import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChecks } from '../../src/worker/drill/checks.ts';
import type { Restored } from './drill-checks-rig.ts';
import { complaints, restore } from './drill-checks-rig.ts';

const demoData = join(import.meta.dirname, '../../demo/data/interesting.sql');

/** What was done to the copy, and every complaint that it has to raise: no more and no fewer. */
type Damage = readonly [what: string, sql: string, ...complaints: readonly [Words, ...Words[]]];
type Words = string | RegExp;

const rows: readonly Damage[] = [
  [
    'rows are missing',
    `SET session_replication_role = replica; DELETE FROM shop.order_item WHERE order_id = 7`,
    'Rows Failed: shop.order_item has 1,999 rows instead of 2,000',
  ],
  [
    'there are rows too many',
    `INSERT INTO shop.vehicle VALUES (99, 'ghost')`,
    'Rows Failed: shop.vehicle has 3 rows instead of 2',
  ],
  [
    'a table is missing',
    'DROP TABLE shop.never_used',
    'Rows Failed: shop.never_used is missing: the backup holds 0 rows of it',
    'Schema Failed: TABLE shop.never_used is missing, with 2 more that depend on it',
  ],
  [
    'a table is there that should not be',
    'CREATE TABLE shop.uninvited (a int)',
    'Rows Failed: shop.uninvited should not be there: the backup does not hold it, and it has 0 rows',
    'Schema Failed: TABLE shop.uninvited should not be there: the backup does not hold it',
  ],
  [
    'a materialized view was not refreshed',
    'REFRESH MATERIALIZED VIEW shop.sales_by_day WITH NO DATA',
    'Rows Failed: materialized view shop.sales_by_day was not refreshed',
  ],
  [
    'a large object is missing and another too much',
    'SELECT lo_unlink(min(oid)), lo_create(999999) FROM pg_largeobject_metadata',
    /^LargeObjects Failed: large object \d+ is missing; large object 999999 should not be there/,
  ],
  [
    'large objects are missing',
    'SELECT lo_unlink(min(oid)) FROM pg_largeobject_metadata',
    /^LargeObjects Failed: 12 large objects instead of 13; large object \d+ is missing$/,
  ],
  [
    'a large object has another owner',
    `SELECT format('ALTER LARGE OBJECT %s OWNER TO shop_app', min(oid)) FROM pg_largeobject_metadata \\gexec`,
    /^LargeObjects Failed: large object \d+: owner shop_app instead of postgres$/,
  ],
];

const definitions: readonly Damage[] = [
  [
    'a view says something else',
    'CREATE OR REPLACE VIEW shop.open_orders AS SELECT * FROM shop."Bestellung" WHERE "Zustand" = \'paid\' WITH CHECK OPTION',
    'Schema Failed: VIEW shop.open_orders: definition differs',
  ],
  [
    'a table belongs to somebody else',
    'ALTER TABLE shop.customer OWNER TO shop_app',
    /^Schema Failed: .*TABLE shop.customer: owner shop_app instead of shop_owner/,
  ],
  [
    'a column has another default',
    'ALTER TABLE shop.order_item ALTER COLUMN pieces SET DEFAULT 1',
    'Schema Failed: TABLE shop.order_item: column pieces differs',
  ],
  [
    'a column is not required any more',
    'ALTER TABLE shop.product ALTER COLUMN name DROP NOT NULL',
    'Schema Failed: TABLE shop.product: column name differs',
  ],
  [
    'a check is gone',
    'ALTER TABLE shop.product DROP CONSTRAINT name_not_empty',
    'Schema Failed: TABLE shop.product: constraint name_not_empty is missing',
  ],
  [
    'a foreign key is gone',
    'ALTER TABLE shop.order_item DROP CONSTRAINT order_item_product_id_fkey',
    'Schema Failed: FK CONSTRAINT shop.order_item order_item_product_id_fkey is missing',
  ],
  [
    'an index is gone',
    'DROP INDEX shop.customer_profile',
    'Schema Failed: INDEX shop.customer_profile is missing',
  ],
  [
    'an index is on something else',
    'DROP INDEX shop.customer_name_lower; CREATE INDEX customer_name_lower ON shop.customer (upper(name)) WHERE mail IS NOT NULL',
    'Schema Failed: INDEX shop.customer_name_lower: definition differs',
  ],
  [
    'a partition is loose',
    'ALTER TABLE shop.event DETACH PARTITION shop.event_2025',
    /^Schema Failed: .*TABLE ATTACH shop.event_2025 is missing/,
    'Triggers Failed: trigger shop.event_2025 event_noted is missing',
  ],
  [
    'somebody may read what they may not',
    'GRANT SELECT ON shop.customer TO PUBLIC',
    'Schema Failed: ACL of TABLE customer in shop: has GRANT SELECT ON TABLE shop.customer TO PUBLIC',
  ],
  [
    'everybody may make things in schema public',
    'GRANT CREATE ON SCHEMA public TO PUBLIC',
    'Schema Failed: ACL of SCHEMA public should not be there: the backup does not hold it',
  ],
  [
    'schema public belongs to somebody else',
    'ALTER SCHEMA public OWNER TO shop_app',
    /^Schema Failed: .*SCHEMA public should not be there: the backup does not hold it/,
  ],
  [
    'somebody may not what they may',
    'REVOKE SELECT ON shop.product FROM shop_reader',
    'Schema Failed: ACL of TABLE product in shop is missing',
  ],
  [
    'row security is off',
    'ALTER TABLE shop.customer DISABLE ROW LEVEL SECURITY',
    'Schema Failed: ROW SECURITY shop.customer is missing',
  ],
  [
    'a policy lets everybody in',
    'ALTER POLICY own_row ON shop.customer USING (true)',
    'Schema Failed: POLICY shop.customer own_row: definition differs',
  ],
  [
    'a function does something else',
    `CREATE OR REPLACE FUNCTION shop.gross(net integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT 0::numeric'`,
    'Schema Failed: FUNCTION shop.gross(integer): definition differs',
  ],
  [
    'a value of an enumeration was renamed',
    `ALTER TYPE shop.order_state RENAME VALUE 'sent' TO 'lost'`,
    'Schema Failed: TYPE shop.order_state: definition differs',
  ],
  ['a schema is gone', 'DROP SCHEMA empty_schema', 'Schema Failed: SCHEMA empty_schema is missing'],
  [
    'a comment says something else',
    `COMMENT ON TABLE shop.customer IS 'nobody'`,
    'Schema Failed: COMMENT of TABLE customer in shop: definition differs',
  ],
  [
    'a password of a user mapping differs, and is not told',
    `ALTER USER MAPPING FOR shop_app SERVER far_away OPTIONS (SET password 'an-open-secret')`,
    'Schema Failed: USER MAPPING USER MAPPING shop_app SERVER far_away: definition differs',
  ],
  [
    'an extension is missing',
    'DROP EXTENSION pgcrypto',
    'Extensions Failed: extension pgcrypto is missing: the source has 1.3',
    'Schema Failed: EXTENSION pgcrypto is missing, with 1 more that depend on it',
  ],
  [
    'an extension is older than at the source',
    `UPDATE pg_extension SET extversion = '1.1' WHERE extname = 'pgcrypto'`,
    'Extensions Undecided: extension pgcrypto is 1.1 here and 1.3 at the source: set server.image to one with 1.3 or newer',
  ],
];

const states: readonly Damage[] = [
  [
    'an index is invalid',
    `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'shop.order_customer'::regclass`,
    'Schema Failed: INDEX shop.order_customer is missing',
    'Indexes Failed: index shop.order_customer of table shop."Bestellung" is invalid',
  ],
  [
    'a constraint was never validated',
    `UPDATE pg_constraint SET convalidated = false WHERE conname = 'order_item_product_id_fkey'`,
    'Schema Failed: FK CONSTRAINT shop.order_item order_item_product_id_fkey: definition differs',
    'Constraints Failed: constraint shop.order_item order_item_product_id_fkey is not valid, and valid in the backup',
  ],
  [
    'a row refers to nothing',
    'SET session_replication_role = replica; UPDATE shop.order_item SET product_id = -1 WHERE order_id = 7',
    'Constraints Failed: constraint order_item_product_id_fkey of shop.order_item: 1 row refers to rows of shop.product that are not there',
  ],
  [
    'a trigger is switched off',
    'ALTER TABLE shop.customer DISABLE TRIGGER customer_touch',
    'Schema Failed: TRIGGER shop.customer customer_touch: has ALTER TABLE shop.customer DISABLE TRIGGER customer_touch',
    'Triggers Failed: trigger shop.customer customer_touch is disabled, and enabled in the backup',
  ],
  [
    'a trigger is switched on that was off',
    'ALTER TABLE shop."Bestellung" ENABLE TRIGGER order_keep',
    'Schema Failed: TRIGGER shop.Bestellung order_keep: lacks ALTER TABLE shop."Bestellung" DISABLE TRIGGER order_keep',
    'Triggers Failed: trigger shop.Bestellung order_keep is enabled, and disabled in the backup',
  ],
  [
    'the triggers of a foreign key are switched off, which no dump shows',
    `ALTER TABLE shop.order_item DISABLE TRIGGER ALL`,
    /^Triggers Failed: trigger shop.order_item RI_ConstraintTrigger_c_\d+ is disabled, and enabled in the backup/,
  ],
  [
    'a trigger on events is switched off',
    'ALTER EVENT TRIGGER notice_ddl DISABLE',
    'Schema Failed: EVENT TRIGGER notice_ddl: has ALTER EVENT TRIGGER notice_ddl DISABLE',
    'Triggers Failed: event trigger notice_ddl is disabled, and enabled in the backup',
  ],
  [
    'a trigger is gone',
    'DROP TRIGGER customer_touch ON shop.customer',
    'Schema Failed: TRIGGER shop.customer customer_touch is missing',
    'Triggers Failed: trigger shop.customer customer_touch is missing',
  ],
  [
    'a sequence was not set',
    `SELECT setval('shop.invoice_number', 100000, false)`,
    'Sequences Failed: sequence shop.invoice_number stands at 100000 (not used yet) instead of 107014',
  ],
  [
    'a sequence stands behind its column',
    `SELECT setval('shop.customer_id_seq', 3)`,
    'Sequences Failed: sequence shop.customer_id_seq stands at 3 instead of 503; sequence shop.customer_id_seq gives 4 next, and shop.customer.id is already there or beyond',
  ],
  [
    'an index lacks a row of its table',
    `UPDATE pg_index SET indisready = false WHERE indexrelid = 'shop.order_customer'::regclass;
     SET session_replication_role = replica; UPDATE shop."Bestellung" SET customer_id = 2 WHERE id = 1;
     UPDATE pg_index SET indisready = true WHERE indexrelid = 'shop.order_customer'::regclass`,
    /^Amcheck Failed: index shop.order_customer: heap tuple \(.*\) from table "Bestellung" lacks matching index tuple/,
  ],
];

let restored: Restored;
beforeAll(async () => {
  restored = await restore('16', { fill: (source) => source.run(demoData, 'shop') });
});
afterAll(() => restored?.remove());

describe.each([
  ['rows and large objects', rows],
  ['definitions', definitions],
  ['states', states],
] as const)('a copy with damaged %s', (_, damages) => {
  const cases = damages.map(([what, sql, ...expected]) => ({ what, sql, expected }));
  it.each(cases)('is refused because $what', async ({ sql, expected }) => {
    const { checks } = await runChecks(await restored.damaged(sql));
    const said = complaints(checks);
    const fits = (words: Words, one: string): boolean =>
      typeof words === 'string' ? words === one : words.test(one);
    const unsaid = expected.filter((words) => !said.some((one) => fits(words, one)));
    const unexpected = said.filter((one) => !expected.some((words) => fits(words, one)));
    expect({ unsaid, unexpected }).toEqual({ unsaid: [], unexpected: [] });
  });
});

it('finds no fault in the copy that the damaged ones were made of', async () => {
  expect(complaints((await runChecks(restored.run)).checks)).toEqual([]);
});

describe('a copy with damaged files', () => {
  it('is refused because a page of an index is damaged, whose rows can still be counted', async () => {
    const damaged = await restored.damaged('CHECKPOINT');
    await overwrite(damaged.databases[0]?.name ?? '', 'shop.customer_name_lower', 8192 + 24, 400);
    const said = complaints((await runChecks(damaged)).checks);
    expect(said).toEqual([
      expect.stringMatching(/^Amcheck Failed: index shop.customer_name_lower: line pointer/),
    ]);
  });

  it('is refused because the header of a row is damaged, which counting does not see', async () => {
    const damaged = await restored.damaged('CHECKPOINT');
    await overwrite(damaged.databases[0]?.name ?? '', 'shop.vehicle', 8192 - 10, 1, 0xff);
    const said = complaints((await runChecks(damaged)).checks);
    expect(said).toContainEqual(expect.stringMatching(/^Amcheck Failed: .*table shop.vehicle: block 0/));
  });

  it('is refused because a page of a table cannot be read', async () => {
    const damaged = await restored.damaged('CHECKPOINT');
    await overwrite(damaged.databases[0]?.name ?? '', 'shop.order_item', 8192, 64, 0xee);
    const page = /invalid page in block 1/;
    expect(complaints((await runChecks(damaged)).checks)).toEqual([
      expect.stringMatching(`^Rows Failed: shop.order_item cannot be read: ${page.source}`),
      expect.stringMatching(`^Amcheck Failed: .*table shop.order_item: ${page.source}`),
      expect.stringMatching(
        `^Constraints Failed: constraint order_item_\\w+ of shop.order_item cannot be verified: ${page.source}`,
      ),
    ]);
  });
});

/** Writes over the file of a relation while the server is up, and has the server read it anew. */
async function overwrite(
  database: string,
  relation: string,
  offset: number,
  bytes: number,
  value = 0x5a,
): Promise<void> {
  const { server } = restored;
  const folder = await server.sql('SHOW data_directory');
  const path = join(folder, await server.sql(`SELECT pg_relation_filepath('${relation}')`, database));
  await server.sql('CHECKPOINT');
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(bytes, value), 0, bytes, offset);
  await file.close();
  await server.restart();
}
