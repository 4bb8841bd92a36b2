import { formatBytes } from '../../domain/amounts.ts';
import { runFolder } from '../../domain/layout.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { titleOf } from '../repository/contents.ts';
import type { ShownRun } from '../repository/show.ts';
import { formatDuration } from '../terminal/bar.ts';
import { formatTable } from '../terminal/table.ts';

/** A manifest in the words of a person. */
export function shownRunText({ backup, location, run, proven }: ShownRun): string {
  const { manifest, manifestDigest, signed } = run;
  const { server, client, producer, verification } = manifest;
  const facts: readonly (readonly [string, string])[] = [
    ['Backup', `${titleOf(backup)}, number ${String(manifest.sequence)}`],
    ['Follows', manifest.previous?.runId ?? 'no run: it is the first'],
    ['Snapshot', manifest.snapshotTime],
    ['Began', `${manifest.startTime}, by ${manifest.trigger}`],
    ['Took', formatDuration(Date.parse(manifest.completionTime) - Date.parse(manifest.startTime))],
    ['Server', `PostgreSQL ${server.version}${server.inRecovery ? ', a standby' : ''}`],
    ['Written by', `pg_dump ${client.version}, pgcairn ${producer.version}`],
    ['Holds', contentOf(manifest)],
    ['Encrypted', encryptionOf(manifest)],
    ['Signed', signed ? 'yes, and the signature holds' : 'not checked: no key was given'],
    ['Verified', verification.level],
    ['Proven', proven === undefined ? 'by no drill' : `${proven.time} by drill ${proven.drill}`],
    ['Place', `${runFolder(backup, manifest.runId)} in ${location}`],
    ['Manifest', manifestDigest],
  ];
  return [
    `Run ${manifest.runId}\n`,
    ...facts.map(([name, value]) => `  ${`${name}:`.padEnd(12)}${value}\n`),
    ...section('Databases', databasesTable(manifest)),
    ...section('Objects', objectsTable(manifest)),
    ...section('Verification', verificationLines(manifest)),
    ...section('Notes', notesLines(manifest)),
  ].join('');
}

function section(title: string, text: string): string[] {
  if (text === '') return [];
  return [`\n${title}\n`, ...text.split('\n').map((line) => (line === '' ? '' : `  ${line}\n`))];
}

function contentOf({ content, filtered }: Manifest): string {
  const what = { All: 'schema and data', SchemaOnly: 'the schema only', DataOnly: 'data only' }[content];
  return filtered ? `${what}; filters left something out` : what;
}

function encryptionOf({ recipients }: Manifest): string {
  return recipients.length === 0 ? 'no: it lies in the clear' : `for ${recipients.join(', ')}`;
}

function databasesTable({ databases }: Manifest): string {
  return formatTable(
    ['NAME', 'ON THE SERVER', 'TABLES', 'ROWS', 'LARGE OBJECTS', 'ENCODING'],
    databases.map(({ name, sizeBytes, tables, rows, largeObjects, encoding }) => [
      name,
      formatBytes(sizeBytes),
      String(tables),
      rows === undefined ? 'not counted' : String(rows),
      String(largeObjects),
      encoding,
    ]),
  );
}

function objectsTable({ objects }: Manifest): string {
  return formatTable(
    ['OBJECT', 'KIND', 'STORED', 'DIGEST'],
    objects.map(({ path, kind, stored }) => [path, kind, formatBytes(stored.bytes), stored.digest]),
  );
}

function verificationLines({ verification }: Manifest): string {
  return verification.steps.map(({ level, detail }) => `${level}: ${detail}\n`).join('');
}

function notesLines({ notes, suspicious }: Manifest): string {
  const lines = notes.map(({ message }) => `${message}\n`);
  return [...(suspicious ? ['much smaller than the run before: look at the database\n'] : []), ...lines].join(
    '',
  );
}
