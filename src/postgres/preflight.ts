import { Failure } from '../domain/failure.ts';
import type { Check, Checked, Finding, WhatIsDumped } from './preflight/finding.ts';
import { lockTableTooSmall } from './preflight/lock-capacity.ts';
import {
  largeObjectsNotReadable,
  relationsNotReadable,
  rolePasswordsNotReadable,
  schemasNotUsable,
} from './preflight/privileges.ts';
import { rowsHidden } from './preflight/row-security.ts';
import type { UnmatchedName } from './selection.ts';
import { includesNothingMessage, resolveSelection } from './selection.ts';
import type { Session } from './session.ts';
import type { DumpFilters } from './tools/dump-arguments.ts';

export interface PreflightRequest extends WhatIsDumped {
  readonly filters: DumpFilters;
}

export interface PreflightResult {
  /** The filters without the names that this database lacks: what `startDump` and `openInventory` are to get. */
  readonly filters: DumpFilters;
  /** Names that this database lacks. A fault only when every database of the run lacks them: `nothingMatches`. */
  readonly unmatched: readonly UnmatchedName[];
  /** What would make the dump fail, the most basic first. */
  readonly findings: readonly Finding[];
}

const checks: readonly Check[] = [
  schemasNotUsable,
  relationsNotReadable,
  largeObjectsNotReadable,
  rowsHidden,
  lockTableTooSmall,
  rolePasswordsNotReadable,
];

/** Looks for what would make a dump of this database fail, by asking the catalogue only: nothing is locked or read. */
export async function preflight(session: Session, request: PreflightRequest): Promise<PreflightResult> {
  const { selection, filters, unmatched, includesNothing } = await resolveSelection(session, request.filters);
  if (includesNothing) {
    const finding: Finding = { reason: 'NothingMatches', message: includesNothingMessage(unmatched) };
    return { filters, unmatched, findings: [finding] };
  }
  const [who] = await session.query<{ user: string }>('SELECT current_user::text AS user');
  const checked: Checked = { ...request, session, selection, user: who?.user ?? '' };
  const findings: Finding[] = [];
  for (const check of checks) {
    const finding = await check(checked);
    if (finding !== undefined) findings.push(finding);
  }
  return { filters, unmatched, findings };
}

/** The failure that a person should see: the first finding, with the others behind it. */
export function preflightFailure(database: string, findings: readonly Finding[]): Failure | undefined {
  const [first] = findings;
  if (first === undefined) return undefined;
  // A message that ends with SQL has its semicolon.
  const words = findings.map(({ message }) => message.replace(/(?<![.;])$/, '.'));
  return new Failure(first.reason, `database ${database}: ${words.join(' ')}`);
}
