import type { VerificationLevel } from '../api/v1alpha1/postgres-backup.ts';
import { counted } from '../domain/amounts.ts';
import type { Manifest, ManifestObject } from '../domain/manifest.ts';
import type { DumpedDatabase } from './dump-database.ts';

export interface VerifiedWork {
  readonly objects: readonly ManifestObject[];
  readonly databases: readonly DumpedDatabase[];
  readonly readBackSeconds: number;
  readonly dumpSeconds: number;
}

/** The rungs of the ladder up to `level`, in words and figures. Each was climbed, or the run would have failed. */
export function verificationSteps(
  level: VerificationLevel,
  work: VerifiedWork,
): Manifest['verification']['steps'] {
  const archives = work.databases.map(({ archive }) => archive).filter((archive) => archive !== undefined);
  const tables = archives.flatMap((archive) => archive.tables);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const all = [
    {
      level: 'Stored' as const,
      seconds: work.readBackSeconds,
      detail: `${counted(work.objects.length, 'object')} read back, every digest equal`,
    },
    {
      level: 'Decoded' as const,
      seconds: work.dumpSeconds,
      detail: `${counted(rows, 'row')} in ${counted(tables.length, 'table')} decoded on the way to the store`,
    },
    {
      level: 'Inventoried' as const,
      seconds: 0,
      detail: 'rows of every table, entries of every kind and large objects equal to the snapshot',
    },
  ];
  return all.slice(0, all.findIndex((step) => step.level === level) + 1);
}
