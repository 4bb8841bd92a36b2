import { expect, it } from 'vitest';
import { manifest } from '../../test/builders/manifest.ts';
import { runFacts } from './run-facts.ts';

const factsOf = (steps: readonly { level: 'Stored' | 'Decoded' | 'Inventoried'; seconds: number }[]) =>
  runFacts({
    manifest: manifest({
      verification: {
        level: steps.at(-1)?.level ?? 'Stored',
        steps: steps.map((step) => ({ ...step, detail: '' })),
      },
    }),
    manifestDigest: `sha256:${'0'.repeat(64)}`,
    signed: true,
  });

it('the phases of a run are those that its manifest timed, in whole seconds', () => {
  const stored = { level: 'Stored', seconds: 6.6 } as const;
  const decoded = { level: 'Decoded', seconds: 29.2 } as const;
  expect(factsOf([stored, decoded, { level: 'Inventoried', seconds: 0 }]).phases).toEqual({
    dump: 29,
    readBack: 7,
  });
  expect(factsOf([stored]).phases).toEqual({ readBack: 7 });
  expect(factsOf([]).phases).toBeUndefined();
});

it('a run of a standby says how far behind that was, in the words of its notes', () => {
  const said = { reason: 'Standby', message: 'the server is a standby, at most 7 d behind' };
  const facts = runFacts({
    manifest: manifest({ notes: [{ reason: 'NotSigned', message: 'no key' }, said] }),
    manifestDigest: `sha256:${'0'.repeat(64)}`,
    signed: false,
  });
  expect(facts.standby).toBe(said.message);
});
