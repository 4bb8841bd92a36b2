import { formatSeconds } from '../domain/amounts.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ReplayPoint } from '../postgres/replay-point.ts';
import type { DumpedDatabase } from './dump-database.ts';
import { isFiltered } from './plan.ts';
import type { RunContext } from './run-context.ts';

type Note = Manifest['notes'][number];

/** What a person should know of a run that is good all the same. */
export function runNotes(context: RunContext, databases: readonly DumpedDatabase[]): Note[] {
  const { logical } = context.task.spec;
  return [
    ...(context.recipients.length === 0
      ? [note('NotEncrypted', 'the repository has no recipients: the backup lies in the clear')]
      : []),
    ...(context.signingKey === undefined
      ? [note('NotSigned', 'the repository has no signing key: the manifest proves no origin')]
      : []),
    ...(logical.globals === 'None' ? [note('NoGlobals', 'roles and tablespaces are not in the backup')] : []),
    ...(logical.globals === 'Roles'
      ? [note('NoPasswords', 'roles are in the backup without their passwords')]
      : []),
    ...(isFiltered(logical) ? [note('Filtered', 'filters of the spec leave a part of the data out')] : []),
    // The first is the oldest, as is the time of the run.
    ...databases.slice(0, 1).flatMap(({ replayPoint }) => standbyNote(replayPoint)),
    ...databases.flatMap(({ inventory }) =>
      inventory.leftOut.map(({ what, count }) =>
        note('LeftOut', `database ${inventory.database}: pg_dump leaves out ${what} (${String(count)})`),
      ),
    ),
  ];
}

function standbyNote(point: ReplayPoint | undefined): Note[] {
  if (point === undefined) return [];
  const words = [
    `the server is a standby, at most ${formatSeconds(point.behindSeconds)} behind`,
    ...(point.paused ? ['its replay is paused'] : []),
    ...(point.blind
      ? ['whether its primary was only idle is told to members of pg_read_all_stats, which the user is not']
      : []),
  ];
  return [note('Standby', words.join('; '))];
}

function note(reason: string, message: string): Note {
  return { reason, message };
}
