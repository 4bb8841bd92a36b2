import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import { Failure } from '../../domain/failure.ts';
import type { RestoreError } from './restore-progress.ts';

interface Symptom {
  readonly reason: FailureReason;
  readonly words: RegExp;
}

/** What says nothing of the backup, but of where it was restored. The first that fits wins. */
const symptoms: readonly Symptom[] = [
  {
    reason: 'DrillVolumeTooSmall',
    words: /No space left on device|Disk quota exceeded|could not extend file|disk full/,
  },
  {
    reason: 'DrillServerFailed',
    words:
      /terminating connection|server closed the connection|connection to server|could not (receive data from|send data to) server|no connection to the server|the database system is (starting up|shutting down|in recovery mode)|SSL SYSCALL|^out of memory|out of shared memory|could not (resize|map|open) shared memory|could not fork|^pg_restore (was ended by|could not be started)/,
  },
  // Of the jobs of pg_restore, which met one another.
  { reason: 'DrillServerFailed', words: /^deadlock detected|^tuple concurrently (updated|deleted)/ },
  {
    // Of postgres_fdw, dblink and others: nothing leads out of a drill.
    reason: 'DrillServerUnfit',
    words: /^could not connect to server "|^could not establish connection|unable to establish connection/,
  },
  {
    // The first: an older pg_dump of a server of November 2026 or newer writes it, and servers before refuse it.
    reason: 'DrillServerUnfit',
    words:
      /unrecognized parameter "pg_attver"|shared_preload_libraries|security label provider "[^"]*" is not loaded|could not open (dictionary|stop-word|stop word|affix|synonym|thesaurus)|could not (access|load|open) (file|library|extension control file)|extension "[^"]*" is not available|could not open extension control file|has no installation script|collation "[^"]*" for encoding .* does not exist|could not create locale|could not open collator/,
  },
];

/** What pg_restore says of a process of its own: that was killed where it had said nothing itself. */
const workerDied = /^a worker process died unexpectedly/;

/** The failure that these errors amount to; undefined where they speak of what was restored. */
export function restoreFailure(database: string, errors: readonly RestoreError[]): Failure | undefined {
  const [first] = errors;
  if (first !== undefined && errors.every((error) => workerDied.test(error.words)))
    return new Failure('DrillServerFailed', `restoring database ${database}: pg_restore: ${first.words}`);
  for (const { reason, words } of symptoms) {
    const found = errors.find((error) => words.test(error.words));
    if (found !== undefined)
      return new Failure(reason, `restoring database ${database}: ${describeError(found)}`);
  }
  return undefined;
}

/** What rows and definitions are refused for where text sorts, or changes its case, otherwise than at the source. */
const ofLocale =
  /violates (check|exclusion) constraint|is violated by some row|violates partition constraint|no partition of relation|empty range bound|would overlap partition|range lower bound|could not create (unique index|exclusion constraint)|^a function ended with an error/;

/** Whether these errors may come of a locale that is not the source's. */
export function mayComeOfLocale(errors: readonly RestoreError[]): boolean {
  return errors.some(({ words }) => ofLocale.test(words));
}

/** Whether all of these errors are grants that a role could pass on at the source with the rights of its groups. */
export function mayComeOfMembership(errors: readonly RestoreError[]): boolean {
  return errors.every(
    ({ entry = '', words }) => entry.startsWith('ACL ') && words.startsWith('permission denied for schema '),
  );
}

const shown = 3;

/** For a person: the first few errors, and how many there are. */
export function describeErrors(errors: readonly RestoreError[]): string {
  const more = errors.length - shown;
  const text = errors.slice(0, shown).map(describeError).join('; ');
  return more > 0 ? `${text}; and ${String(more)} more` : text;
}

function describeError({ entry, words }: RestoreError): string {
  return entry === undefined ? words : `${entry}: ${words}`;
}
