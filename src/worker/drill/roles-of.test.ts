import { expect, it } from 'vitest';
import type { Inventory } from '../../domain/inventory.ts';
import type { TocEntry } from '../../stream/pg-archive/format.ts';
import { rolesOf } from './roles-of.ts';

function entry(more: Partial<TocEntry>): TocEntry {
  return {
    dumpId: 1,
    oid: 1,
    tag: 't',
    desc: 'TABLE',
    section: 1,
    dependencies: [],
    hasData: false,
    hasCopyStatement: false,
    ...more,
  };
}
const inventory = {
  owner: 'app',
  roles: ['reader', 'pg_monitor'],
  settings: [{ setting: 'a=b' }, { role: 'setter', setting: 'a=b' }],
} as unknown as Inventory;

it('names every role of a dump once', () => {
  const contents = [
    entry({ owner: 'boss' }),
    entry({ owner: 'app' }),
    entry({
      desc: 'ACL',
      definition: `REVOKE ALL ON TABLE public.t FROM boss;
GRANT SELECT ON TABLE public.t TO "Größe ""x""" WITH GRANT OPTION;
SET SESSION AUTHORIZATION granter;
GRANT SELECT ON TABLE public.t TO PUBLIC;`,
    }),
    entry({
      desc: 'DEFAULT ACL',
      definition: 'ALTER DEFAULT PRIVILEGES FOR ROLE maker IN SCHEMA s GRANT SELECT ON TABLES TO taker;',
    }),
    entry({ desc: 'FUNCTION', definition: `SELECT 1 AS x FROM not_a_role` }),
  ];
  const names = rolesOf(inventory, contents).map(({ name }) => name);
  expect(names.toSorted()).toEqual(
    ['Größe "x"', 'app', 'boss', 'granter', 'maker', 'reader', 'setter', 'taker'].toSorted(),
  );
});

it('makes owners of what only superusers may own superusers', () => {
  const contents = [entry({ owner: 'plain' }), entry({ desc: 'EVENT TRIGGER', owner: 'boss' })];
  const superusers = rolesOf(inventory, contents).filter(({ superuser }) => superuser);
  expect(superusers).toEqual([{ name: 'boss', superuser: true }]);
});
