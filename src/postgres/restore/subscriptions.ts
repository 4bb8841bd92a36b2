import type { TocEntry } from '../../stream/pg-archive/format.ts';
import { quoteIdentifier } from '../quote.ts';
import type { Session } from '../session.ts';
import { majorOf } from '../version.ts';

/** pg_dump 16 and newer write it for every subscription of older servers, which do not know it. */
const unknownBefore16 = ', run_as_owner = true';

/** Whether pg_restore has to leave the subscriptions out, and `createSubscriptions` to make them. */
export function needsOwnSubscriptions(clientMajor: number, versionNumber: number): boolean {
  return clientMajor >= 16 && majorOf(versionNumber) < 16;
}

/**
 * Makes the subscriptions of a dump that a newer pg_dump wrote, in words that the server knows. They connect to
 * nothing. `contents`: with definitions.
 */
export async function createSubscriptions(session: Session, contents: readonly TocEntry[]): Promise<void> {
  for (const { desc, tag, definition = '', owner } of contents) {
    if (desc !== 'SUBSCRIPTION') continue;
    await session.query(definition.replace(unknownBefore16, ''));
    if (owner !== undefined)
      await session.query(`ALTER SUBSCRIPTION ${quoteIdentifier(tag)} OWNER TO ${quoteIdentifier(owner)}`);
  }
}
