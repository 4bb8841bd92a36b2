import { counted, formatBytes } from '../../domain/amounts.ts';
import { titleOf } from '../repository/contents.ts';
import type { Verification, VerifiedRun } from '../repository/verify.ts';

/** What was found, a line a run, and a line for everything that does not hold. */
export function verificationText({ runs, sequenceFaults, holds, unfinished }: Verification): string {
  const unchecked = runs.some(({ signature, faults }) => signature === 'NotChecked' && faults.length === 0);
  return [
    ...runs.flatMap(linesOf),
    ...sequenceFaults.map(({ backup, fault }) => `${titleOf(backup)}: DOES NOT HOLD: ${fault}`),
    ...unfinished.map(
      ({ backup, runId }) =>
        `${titleOf(backup)} ${runId}: no manifest: it counts for nothing; a killed run leaves this, or somebody who removed the manifest`,
    ),
    ...(unchecked ? ['signatures were not checked: give the signing Secret, or --public-key FILE'] : []),
    holds ? `${counted(runs.length, 'run')} verified: all hold` : 'not everything holds',
    '',
  ].join('\n');
}

function linesOf({ backup, runId, objects, bytes, signature, faults }: VerifiedRun): string[] {
  const title = `${titleOf(backup)} ${runId}`;
  if (faults.length > 0) return faults.map((fault) => `${title}: DOES NOT HOLD: ${fault}`);
  const signed = signature === 'Valid' ? ', signature valid' : '';
  return [`${title}: holds: ${counted(objects, 'object')}, ${formatBytes(bytes)}, digests equal${signed}`];
}
