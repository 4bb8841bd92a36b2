import type { Evidence } from '../evidence.ts';
import { byHandSection } from './by-hand.ts';
import { checksTable } from './checks.ts';
import { controlsTable } from './controls.ts';
import { findingsList } from './findings.ts';
import { html, section } from './html.ts';
import { notCheckedList } from './not-checked.ts';
import { objectivesTable } from './objectives.ts';
import { restoredList } from './restored.ts';
import { style } from './style.ts';
import { tableCounts } from './tables.ts';
import { timeline } from './timeline.ts';
import { trend } from './trend.ts';
import { verdictSection } from './verdict.ts';

/** No script and nothing from elsewhere, whatever a name holds. */
const contentPolicy = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * The evidence as one HTML document for people: it needs no script and nothing outside of itself, and its size does
 * not grow with the number of tables. The same evidence gives the same bytes.
 */
export function renderEvidencePage(evidence: Evidence): string {
  const { drill, verdict, completionTime, producer, schema } = evidence;
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${contentPolicy}" />
        <meta name="referrer" content="no-referrer" />
        <title>
          ${verdict}: recovery drill ${drill.namespace}/${drill.name}, ${completionTime.slice(0, 10)}
        </title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>
          ${verdictSection(evidence)}
          ${section('objectives', 'Measured against the promise', objectivesTable(evidence))}
          ${section('timeline', 'Where the time went', timeline(evidence))}
          ${section('restored', 'What was restored', restoredList(evidence))}
          ${section('checks', 'What was checked', checksTable(evidence.checks))}
          ${section('not-checked', 'What was not checked, and why', notCheckedList(evidence))}
          ${section('control', 'Negative control: can this drill fail?', controlsTable(evidence.controls))}
          ${section('tables', 'Rows of the tables', tableCounts(evidence.tables))}
          ${section('audit', 'Index audit', findingsList(evidence.findings))}
          ${section('trend', 'The last drills', trend(evidence))}
          ${section('by-hand', 'Check this document by hand', byHandSection(evidence))}
        </main>
        <footer>
          Written by pgcairn ${producer.version} in the form <code>${schema}</code>. Times are in UTC.
        </footer>
      </body>
    </html> `;
  return `${markup.trimEnd()}
`;
}
