import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statusPatch } from './status-writer.ts';

const cases: readonly [string, unknown, unknown, unknown][] = [
  ['no status yet', undefined, { a: 1 }, { a: 1 }],
  ['equal', { a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }, undefined],
  ['equal but for the order of members', { a: 1, b: 2 }, { b: 2, a: 1 }, undefined],
  ['equal but for undefined and null members', { a: 1 }, { a: 1, b: undefined, c: null }, undefined],
  ['a changed member inside', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
  ['a removed member', { a: 1, b: { c: 1, d: 2 } }, { a: 1, b: { c: 1 } }, { b: { d: null } }],
  ['a list with one changed item goes whole', { a: [1, 2, 3] }, { a: [1, 2, 4] }, { a: [1, 2, 4] }],
  ['a list becomes an object', { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
  ['an object becomes a text', { a: { b: 1 } }, { a: 'x' }, { a: 'x' }],
  ['a date equal to its text', { t: '2026-11-20T00:00:00.000Z' }, { t: new Date('2026-11-20') }, undefined],
];

test.each(cases)('patch for %s', (_name, observed, wanted, patch) => {
  expect(statusPatch(observed, wanted)).toEqual(patch);
});

/** RFC 7386, as the API server applies it. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

const { status } = fc.letrec<{ status: Record<string, unknown>; value: unknown }>((tie) => ({
  status: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), tie('value'), {
    maxKeys: 3,
    noNullPrototype: true,
  }),
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom('x', true),
    fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }),
    tie('status'),
  ),
}));

test('the patch, applied to what was observed, gives what is wanted', () => {
  fc.assert(
    fc.property(status, status, (observed, wanted) => {
      expect(merged(observed, statusPatch(observed, wanted) ?? {})).toEqual(wanted);
    }),
  );
});
