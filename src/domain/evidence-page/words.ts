import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import { failureReasons } from '../../api/v1alpha1/failure-reasons.ts';
import type { CheckId } from '../evidence.ts';

interface CheckWords {
  readonly title: string;
  /** What the check asks. */
  readonly asks: string;
  /** What a person does when it does not pass. */
  readonly remedy: string;
}

const distrust =
  'Restore nothing from this run. Find out who else can write to the repository, and look at the other runs with `pgcairn verify`.';
const backUpAgain =
  'Do not rely on this run. Make a new backup now and drill it; if that one fails too, look into the live database.';
const sameObjects =
  'Compare the live database with the restored one. If the live database is as it should be, make a new backup and drill it.';

export const checkWords: Readonly<Record<CheckId, CheckWords>> = {
  Signature: {
    title: 'Signature of the manifest',
    asks: 'Is the manifest of the run signed by the key of the repository?',
    remedy: distrust,
  },
  Sequence: {
    title: 'Sequence of runs',
    asks: 'Is no run missing, repeated or put back?',
    remedy: distrust,
  },
  Digests: {
    title: 'Digests',
    asks: 'Is every stored object the one that the manifest names?',
    remedy: distrust,
  },
  Decryption: {
    title: 'Decryption',
    asks: 'Does the identity open every object, and are the bytes inside those that were saved?',
    remedy:
      'Give the identity whose public key is among the recipients of the repository. If it is that one, the object is damaged: do not rely on this run.',
  },
  Restore: {
    title: 'Restore',
    asks: 'Does the run load into a new server without an error?',
    remedy:
      'Read what pg_restore said. If the throw-away server lacks something (an extension, a library), give an image that has it; else make a new backup and drill it.',
  },
  Rows: {
    title: 'Row counts',
    asks: 'Does every table hold exactly the rows of the snapshot?',
    remedy: backUpAgain,
  },
  LargeObjects: {
    title: 'Large objects',
    asks: 'Are all large objects there?',
    remedy: backUpAgain,
  },
  Schema: {
    title: 'Schema',
    asks: 'Is the schema of the restored database the one that was saved?',
    remedy: sameObjects,
  },
  Extensions: {
    title: 'Extensions',
    asks: 'Is every extension there, in the version that the snapshot had?',
    remedy: 'Set server.image to an image with the extensions that the check names, in these versions.',
  },
  Indexes: {
    title: 'Indexes',
    asks: 'Is every index there and valid?',
    remedy: 'Rebuild the index on the live server with REINDEX INDEX CONCURRENTLY, back up, and drill again.',
  },
  Amcheck: {
    title: 'Index contents (amcheck)',
    asks: 'Is every B-tree index sound, and is every row of its table in it?',
    remedy:
      'Look for damaged memory or disks, and for a changed version of the collation library; then drill again.',
  },
  Constraints: {
    title: 'Constraints and foreign keys',
    asks: 'Is every constraint there, and as valid as it was?',
    remedy:
      'Correct the rows that break the constraint on the live server, validate it there, back up, and drill again.',
  },
  Triggers: {
    title: 'Triggers',
    asks: 'Is every trigger there and enabled as it was?',
    remedy: sameObjects,
  },
  Sequences: {
    title: 'Sequences',
    asks: 'Is every sequence ahead of the column that it feeds?',
    remedy: 'Set the sequence with setval on the live server, back up, and drill again.',
  },
  Write: {
    title: 'Write',
    asks: 'Can a row be written in one session and read in another?',
    remedy: 'Read what the server said: its volume may be full, or a trigger of the database refuses.',
  },
  Assertion: {
    title: 'Assertion of the owner',
    asks: 'Does the statement of the owner give what it must?',
    remedy:
      'Run the statement, which stands under checks.assertions of the BackupDrill, on the live server. If it holds there, do not rely on this run.',
  },
  Application: {
    title: 'Application of the owner',
    asks: 'Does the application of the owner work on the restored database?',
    remedy: 'Read the output of the application, and run it against the live server.',
  },
  Audit: {
    title: 'Index audit',
    asks: 'Has the audit found nothing that the owner wants to fail on?',
    remedy: 'Run the SQL that the findings below give on the live server.',
  },
};

/** What a drill came to in the end, other than by a check. */
const otherWords: Readonly<Record<string, { readonly meaning: string; readonly remedy: string }>> = {
  ControlNotCaught: {
    meaning:
      'The negative control was not found out or could not be made, so that a pass of this drill would prove nothing.',
    remedy: 'Do not trust passes of this version; report it with the log of the drill.',
  },
};

export function isCheckId(text: string): text is CheckId {
  return Object.hasOwn(checkWords, text);
}

/** Meaning and remedy of a reason that is no check; undefined for one that this version does not know. */
export function reasonWords(
  reason: string,
): { readonly meaning: string; readonly remedy: string } | undefined {
  return isFailureReason(reason) ? failureReasons[reason] : otherWords[reason];
}

/** What a person does about the reason of a drill that did not pass; undefined for one that this version does not know. */
export function remedyOf(reason: string): string | undefined {
  return isCheckId(reason) ? checkWords[reason].remedy : reasonWords(reason)?.remedy;
}

function isFailureReason(text: string): text is FailureReason {
  return Object.hasOwn(failureReasons, text);
}
