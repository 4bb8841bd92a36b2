import { counted } from '../amounts.ts';
import type { Evidence } from '../evidence.ts';
import { bytes, instant } from './amounts.ts';
import type { Html } from './html.ts';
import { html, joined, nameHtml } from './html.ts';

const databasesShown = 30;

/** What was restored, from where, and into what. */
export function restoredList(evidence: Evidence): Html {
  const { backup, location, measured } = evidence;
  return html`<dl class="facts">
    ${backup === undefined ? fact('Run', html`None could be picked.`) : backupFacts(backup)}
    ${fact('Repository', nameHtml(location))} ${serverFact(evidence)}
    ${measured.restoredBytes === undefined ? undefined : fact('Restored size', html`${bytes(measured.restoredBytes)}`)}
  </dl>`;
}

function backupFacts(backup: NonNullable<Evidence['backup']>): Html {
  return html`${fact('Backup', nameHtml(`${backup.namespace}/${backup.name}`))}
  ${fact('Run', html`<code>${backup.runId}</code>, number ${backup.sequence} of this backup`)}
  ${fact('Data of', instant(backup.snapshotTime))}
  ${fact('Saved from', html`PostgreSQL ${backup.serverVersion}`)}
  ${fact(backup.databases.length === 1 ? 'Database' : 'Databases', databases(backup.databases))}
  ${fact('Stored size', html`${bytes(backup.storedBytes)}`)}
  ${fact('Manifest', html`<code>${backup.manifestDigest}</code>`)}
  ${fact('Signature', html`${backup.signed ? 'The manifest is signed by the key of the repository.' : 'The manifest is not signed by the key of the repository: its origin is not proven.'}`)}`;
}

function databases(names: readonly string[]): Html {
  const list = joined(names.slice(0, databasesShown).map(nameHtml), html`, `);
  const more = names.length - databasesShown;
  return more > 0 ? html`${list} and ${counted(more, 'more', 'more')}` : list;
}

function serverFact(evidence: Evidence): Html {
  const { server } = evidence;
  if (server === undefined) return fact('Restored into', html`No server was started.`);
  return isRestored(evidence)
    ? fact('Restored into', serverWords(server))
    : fact('Server', html`${serverWords(server)} stood ready. No database was restored.`);
}

/** Whether a database, if not all, was loaded into the server. */
export function isRestored({ phases }: Evidence): boolean {
  return phases.some(({ name }) => name === 'Load');
}

function serverWords({ version, image }: NonNullable<Evidence['server']>): Html {
  return html`PostgreSQL ${version}${image === undefined ? undefined : html`, image <code>${image}</code>`}`;
}

function fact(term: string, value: Html): Html {
  return html`<div>
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`;
}
