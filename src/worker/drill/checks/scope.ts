import type { Crew } from '../../../postgres/checks/crew.ts';
import type { Sessions } from '../../../postgres/checks/sessions.ts';
import type { TocEntry } from '../../../stream/pg-archive/format.ts';
import type { RestoredDatabase, RestoredRun } from '../restored.ts';

/** What the checks of one database work with. */
export interface DatabaseScope {
  readonly run: RestoredRun;
  readonly database: RestoredDatabase;
  /** Table of contents of its dump, with definitions. */
  readonly contents: readonly TocEntry[];
  readonly sessions: Sessions['all'];
  /** The same sessions, for checks that go on side by side. */
  readonly crew: Crew;
  /** What pg_dump is to see: nothing of what other checks make meanwhile. */
  readonly snapshotId: string;
}
