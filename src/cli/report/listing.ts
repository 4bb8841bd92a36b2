import { counted, formatBytes, formatSeconds } from '../../domain/amounts.ts';
import type { Listing, ListedBackup, ListedRun } from '../repository/list.ts';
import { titleOf } from '../repository/contents.ts';
import { formatTable } from '../terminal/table.ts';

const head = [
  'BACKUP',
  'RUN',
  'SNAPSHOT',
  'AGE',
  'VERIFIED',
  'SIZE',
  'DATABASES',
  'ROWS',
  'SIGNED',
  'PROVEN',
];

/** The runs as a table, and below it what is not as it should be. */
export function listingText({ location, backups, evidenceFaults }: Listing): string {
  const rows = backups.flatMap((backup) => backup.runs.map((run) => rowOf(backup, run)));
  const notes = [
    ...backups.flatMap(notesOf),
    ...evidenceFaults.map((fault) => `evidence that proves nothing: ${fault}`),
  ];
  const table = rows.length === 0 ? `no runs in ${location}\n` : formatTable(head, rows);
  return `${table}${notes.map((note) => `${note}\n`).join('')}`;
}

function rowOf(backup: ListedBackup, run: ListedRun): string[] {
  return [
    titleOf(backup),
    run.runId,
    run.snapshotTime.replace(/\.\d+Z$/, 'Z'),
    formatSeconds(run.ageSeconds),
    `${run.verifiedTo}${run.suspicious ? ' (suspicious)' : ''}`,
    formatBytes(run.storedBytes),
    databasesOf(run),
    run.rows === undefined ? '-' : String(run.rows),
    run.signature === 'Valid' ? 'yes' : 'not checked',
    run.proven === undefined ? '-' : `${run.proven.time.slice(0, 10)} by ${run.proven.drill}`,
  ];
}

const databasesShown = 3;

function databasesOf({ databases }: ListedRun): string {
  const shown = databases.slice(0, databasesShown).join(',');
  const more = databases.length - databasesShown;
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}

function notesOf(backup: ListedBackup): string[] {
  const title = titleOf(backup);
  return [
    ...backup.broken.map(({ runId, fault }) => `${title}: run ${runId} does not hold: ${fault}`),
    ...(backup.unfinished.length === 0
      ? []
      : [
          `${title}: ${counted(backup.unfinished.length, 'folder')} without a manifest, which count for nothing: ${backup.unfinished.join(', ')}`,
        ]),
  ];
}
