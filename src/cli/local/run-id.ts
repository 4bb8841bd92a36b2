import { randomBytes } from 'node:crypto';
import { toInstant } from '../../domain/instant.ts';

/** The id of a run that a person starts: by its time, as every run id, and unique by chance. */
export function localRunId(now: Date): string {
  return `${toInstant(now).replaceAll(/[-:]/g, '')}-${randomBytes(2).toString('hex')}`;
}

/** The uid of an object that came from no cluster: the same on each machine, so that all of them are one owner. */
export const localUid = 'local';
