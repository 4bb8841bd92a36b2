import { counted, grouped } from '../../../domain/amounts.ts';
import type { Inventory } from '../../../domain/inventory.ts';
import { compareSchemas } from '../../../domain/schema-comparison.ts';
import { countKinds, lackingKinds } from '../../../domain/verification.ts';
import { dumpSchema } from '../../../postgres/checks/schema-dump.ts';
import { majorOf } from '../../../postgres/version.ts';
import type { TocEntry } from '../../../stream/pg-archive/format.ts';
import type { Checked } from './checked.ts';
import { failedWith } from './checked.ts';
import type { DatabaseScope } from './scope.ts';

/**
 * Compares every object of the dump with the restored database, as pg_dump sees it. What the dump itself lacks of its
 * snapshot the restored database lacks, too: the inventory knows how many of each kind there were.
 */
export async function checkSchema({ run, database, contents, snapshotId }: DatabaseScope): Promise<Checked> {
  const { name } = database;
  const restored = await dumpSchema({
    connection: run.connection,
    client: run.client,
    database: name,
    snapshotId,
    settings: dumpSettings(database.inventory, contents),
    signal: run.signal,
  });
  const origin = { partial: run.manifest.filtered, major: majorOf(run.versionNumber) };
  const { compared, reworded, differences } = compareSchemas(contents, restored, origin);
  const lacking = lackingKinds(database.inventory, countKinds(contents));
  if (lacking.length + differences.length > 0) return failedWith([...lacking, ...differences], compared);
  const words = reworded === 0 ? '' : `; ${grouped(reworded)} of them in other words that mean the same`;
  return {
    outcome: 'Passed',
    count: compared,
    detail: `${counted(compared, 'object, privilege or comment', 'objects, privileges and comments')}, as in the backup${words}`,
  };
}

/** What a server writes differently by its settings, beyond what pg_dump sees to. */
const wordings: ReadonlySet<string> = new Set(['bytea_output', 'quote_all_identifiers', 'timezone']);

/** pg_dump has to ask as it did at the source. What the source had set for other than the database is not known. */
function dumpSettings({ settings }: Inventory, contents: readonly TocEntry[]): string[] {
  const strings = contents.find(({ desc }) => desc === 'STDSTRINGS')?.definition ?? '';
  const own = settings.filter(({ role, setting }) => {
    const [name = ''] = setting.split('=', 1);
    return role === undefined && wordings.has(name.toLowerCase());
  });
  return [
    'role=none',
    `standard_conforming_strings=${strings.includes("'off'") ? 'off' : 'on'}`,
    ...own.map(({ setting }) => setting),
  ];
}
