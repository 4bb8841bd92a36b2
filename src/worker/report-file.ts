import { writeFile } from 'node:fs/promises';
import type { Scrubber } from '../base/redact.ts';
import type { Report } from '../task/report.ts';
import { reportLimitBytes } from '../task/report.ts';

/** Writes the report where kubelet looks for it. */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeFile(path, fitReport(report));
}

/** Fields of a closed form, made by this program or by the operator: no secret is in them, and a change would break them. */
const exactFields: ReadonlySet<string> = new Set([
  'kind',
  'reason',
  'verifiedTo',
  'runId',
  'manifestDigest',
  'snapshotTime',
  'startTime',
  'completionTime',
  'oldestSnapshotTime',
  'verdict',
  'backupRunId',
  'digest',
]);

/** Every text of a report may hold words of programs and servers: it is scrubbed as the log is. */
export function scrubReport(report: Report, scrubber: Scrubber): Report {
  return mapTexts(report, (text) => scrubber.scrub(text));
}

/** The report as JSON of at most 4,096 bytes: kubelet would cut a longer one, and it would be no JSON. */
export function fitReport(report: Report): string {
  let text = JSON.stringify(report);
  for (let room = 3000; Buffer.byteLength(text) > reportLimitBytes && room > 0; room -= 125)
    text = JSON.stringify(shorten(report, room));
  return text;
}

/** Cuts every text that has no closed form: at `room` characters what a person reads, at a fifth of it the rest. */
function shorten(report: Report, room: number): Report {
  const cutRest = <Part>(part: Part): Part => mapTexts(part, (text) => cut(text, Math.floor(room / 5)));
  switch (report.kind) {
    case 'failed':
      return { ...report, message: cut(report.message, room) };
    case 'backup':
      return { ...cutRest(report), notes: cutAll(report.notes, room) };
    case 'probe':
      return { ...cutRest(report), warnings: cutAll(report.warnings, room) };
    case 'inspect':
    case 'prune':
    case 'inspect-drill':
      return cutRest(report);
    case 'drill':
      return { ...report, drill: { ...cutRest(report.drill), message: cut(report.drill.message, room) } };
  }
}

/** The same shape with every text changed, but those of exact fields. */
function mapTexts<Part>(part: Part, change: (text: string) => string): Part {
  const map = (value: unknown, field: string): unknown => {
    if (typeof value === 'string') return exactFields.has(field) ? value : change(value);
    if (Array.isArray(value)) return value.map((item: unknown) => map(item, field));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, key)]));
  };
  return map(part, '') as Part;
}

function cutAll(texts: readonly string[], room: number): string[] {
  const kept: string[] = [];
  let left = room;
  for (const text of texts) {
    if (left <= 0) return [...kept, `and ${String(texts.length - kept.length)} more in the log of the Job`];
    kept.push(cut(text, left));
    left -= text.length + 3;
  }
  return kept;
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}
