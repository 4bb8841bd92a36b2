import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runChecks } from '../../src/worker/drill/checks.ts';
import type { RestoredRun } from '../../src/worker/drill/restored.ts';
import type { Restored } from './drill-checks-rig.ts';
import { complaints, restore } from './drill-checks-rig.ts';

const fill = `CREATE TABLE item (id int PRIMARY KEY, name text); CREATE INDEX item_name ON item (name);
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER noted BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION note();
  CREATE TRIGGER again BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION note()`;

let restored: Restored;
beforeAll(async () => {
  restored = await restore('18', { fill: (source) => source.sql(fill, 'shop') });
});
afterAll(() => restored?.remove());

/** A run whose dump is that of the damaged database, so that only the inventory knows better. */
async function dumpedSo(sql: string): Promise<RestoredRun> {
  const run = await restored.damaged(sql);
  const { host, port, user, password, bin } = restored.server;
  const databases = await Promise.all(
    run.databases.map(async (database) => {
      const dumpPath = join(run.scratch, `${database.name}.dump`);
      await execa(join(bin, 'pg_dump'), ['--format=custom', `--file=${dumpPath}`, database.name], {
        env: {
          PGHOST: host,
          PGPORT: String(port),
          PGUSER: user,
          PGPASSWORD: password,
          LD_LIBRARY_PATH: join(bin, '../lib'),
        },
      });
      return { ...database, dumpPath };
    }),
  );
  return { ...run, databases };
}

it.each([
  ['', []],
  ['DROP TRIGGER again ON item', ['1 of 2 TRIGGER entries']],
  ['DROP INDEX item_name', ['0 of 1 INDEX entry']],
])('a dump that lacks what its snapshot had fails: %s', async (sql, lacking) => {
  const { checks } = await runChecks(await dumpedSo(sql === '' ? 'SELECT 1' : sql));
  expect(complaints(checks)).toEqual(
    lacking.map((held) => `Schema Failed: the dump holds ${held} that its snapshot had`),
  );
});
