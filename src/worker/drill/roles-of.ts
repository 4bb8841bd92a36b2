import type { Inventory } from '../../domain/inventory.ts';
import type { StubRole } from '../../postgres/restore/roles.ts';
import type { TocEntry } from '../../stream/pg-archive/format.ts';

/** What only a superuser may own. */
const ownedBySuperusers: ReadonlySet<string> = new Set([
  'EVENT TRIGGER',
  'FOREIGN DATA WRAPPER',
  'PUBLICATION',
  'SUBSCRIPTION',
]);
const privileges: ReadonlySet<string> = new Set(['ACL', 'DEFAULT ACL']);
const named = /(?: TO | FROM | FOR ROLE | AUTHORIZATION )("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)/g;

/**
 * Every role that a dump names. The catalogue of a server does not say where the role is used that made the server,
 * and that is often the owner of much: so the dump itself is asked too.
 */
export function rolesOf(inventory: Inventory, contents: readonly TocEntry[]): StubRole[] {
  const owners = contents.flatMap(({ owner }) => (owner === undefined ? [] : [owner]));
  const grantees = contents
    .filter(({ desc }) => privileges.has(desc))
    .flatMap(({ definition = '' }) => [...definition.matchAll(named)].map(([, role = '']) => unquoted(role)));
  const settingRoles = inventory.settings.flatMap(({ role }) => (role === undefined ? [] : [role]));
  const superusers = new Set(
    contents.filter(({ desc }) => ownedBySuperusers.has(desc)).map(({ owner }) => owner),
  );
  const names = new Set([...inventory.roles, inventory.owner, ...settingRoles, ...owners, ...grantees]);
  for (const reserved of ['', 'public', 'PUBLIC', 'none', 'DEFAULT']) names.delete(reserved);
  return [...names]
    .filter((name) => !name.startsWith('pg_'))
    .map((name) => ({ name, superuser: superusers.has(name) }));
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
