import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseQualifiedName, qualifiedName } from './qualified-name.ts';

it.each([
  ['public.orders', { schema: 'public', name: 'orders' }],
  ['orders', { name: 'orders' }],
  ['"Shop"."Order ""Items"" 2"', { schema: 'Shop', name: 'Order "Items" 2' }],
  ['public."a.b"', { schema: 'public', name: 'a.b' }],
  ['_a$1.öre', { schema: '_a$1', name: 'öre' }],
])('%s is read', (text, expected) => {
  expect(parseQualifiedName(text)).toEqual(expected);
});

it.each([
  '',
  '.',
  'a.',
  '.a',
  'a.b.c',
  'Public.orders',
  'public.order*',
  '"a',
  '""."b"',
  '1a.b',
  'a b.c',
  'a.b\n',
])('%j is none', (text) => {
  expect(parseQualifiedName(text)).toBeUndefined();
});

it('every name comes back from its quoted form', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 40, unit: 'binary' })
    .filter((text) => !/\p{Cc}/u.test(text));
  const quote = (text: string): string => `"${text.replaceAll('"', '""')}"`;

  fc.assert(
    fc.property(name, name, (schema, table) => {
      const text = `${quote(schema)}.${quote(table)}`;
      expect(parseQualifiedName(text)).toEqual({ schema, name: table });
      expect(qualifiedName.safeParse(text).success).toBe(text.length <= 261);
    }),
  );
});
