import type { VerifiedChain } from '../repository/evidence.ts';
import { counted } from '../../domain/amounts.ts';

type Run = VerifiedChain['runs'][number];

/** What was found, a line a drill run, newest last as they follow one another. */
export function evidenceChainText(chains: readonly VerifiedChain[]): string {
  if (chains.length === 0) return 'there is no evidence\n';
  return chains.map(chainText).join('\n');
}

function chainText({ drill, runs, unfinished, valid }: VerifiedChain): string {
  const unchecked = runs.some(({ signature }) => signature === 'NotChecked');
  return [
    `Drill ${drill}`,
    ...runs.flatMap(linesOf),
    ...unfinished.map((runId) => `  ${runId}: no envelope: it was cut short, and is no evidence`),
    ...(unchecked
      ? ['  signatures were not checked: give --public-key FILE, or the signing Secret with -f']
      : []),
    valid
      ? `  ${counted(runs.length, 'evidence')}: the chain holds`
      : '  THE CHAIN DOES NOT HOLD: keep the store as it is and look into it',
    '',
  ].join('\n');
}

function linesOf(run: Run): string[] {
  if (run.faults.length > 0)
    return run.faults.map(({ message }) => `  ${run.runId}: DOES NOT HOLD: ${message}`);
  const { verdict = '', sequence = 0 } = run.predicate ?? {};
  const backup = run.evidence?.backup?.runId;
  const of = backup === undefined ? '' : ` of run ${backup}`;
  return [`  ${run.runId}: number ${String(sequence)}, ${verdict}${of}, ${signatureWords[run.signature]}`];
}

const signatureWords: Readonly<Record<Run['signature'], string>> = {
  Valid: 'signature valid',
  Invalid: 'signature invalid',
  OtherKey: 'signed by another key',
  Unsigned: 'not signed',
  NotChecked: 'signature not checked',
};

/** The same for programs: without the documents themselves. */
export function evidenceChainData(chains: readonly VerifiedChain[]): object {
  return chains.map(({ drill, runs, unfinished, valid }) => ({
    drill,
    valid,
    unfinished,
    runs: runs.map(({ runId, digest, signature, keyIds, predicate, faults }) => ({
      runId,
      digest,
      signature,
      keyIds,
      verdict: predicate?.verdict,
      sequence: predicate?.sequence,
      faults,
    })),
  }));
}
