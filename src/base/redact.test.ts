import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber } from './redact.ts';

const secret = 'p@ss w/rd+"\\\'%ü';

const travels: readonly [string, (value: string) => string][] = [
  ['as it is', (value) => value],
  ['in a JSON line', (value) => JSON.stringify({ password: value })],
  ['in JSON inside JSON', (value) => JSON.stringify({ body: JSON.stringify({ password: value }) })],
  ['in a URI', (value) => `postgres://u:${encodeURIComponent(value)}@h/db`],
  [
    'in a URI with every reserved character escaped',
    (value) =>
      encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
  ],
  [
    'in a URI with lower-case escapes',
    (value) => encodeURIComponent(value).replace(/%../g, (e) => e.toLowerCase()),
  ],
  ['in a form', (value) => new URLSearchParams({ password: value }).toString()],
  ['in base64', (value) => Buffer.from(value).toString('base64')],
  ['in base64url', (value) => Buffer.from(value).toString('base64url')],
  ['in basic authentication', (value) => Buffer.from(`someone:${value}`).toString('base64')],
  ['in base64 of a whole connection string', (value) => Buffer.from(`ab:${value}@host`).toString('base64')],
  ['in hex', (value) => Buffer.from(value).toString('hex')],
  ['in an SQL literal', (value) => `'${value.replaceAll("'", "''")}'`],
  ['in a conninfo string', (value) => `password='${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`],
];

test.each(travels)('a secret is replaced %s', (_form, carry) => {
  const scrubber = createScrubber();
  const text = `before ${carry(secret)} after`;

  scrubber.add(secret);

  const scrubbed = scrubber.scrub(text);
  expect(scrubbed).toContain('[redacted]');
  expect(scrubbed).toMatch(/^before .* after$/);
  // Nothing of it that could be decoded again may be left.
  for (const piece of ['p@ss', 'p%40ss', 'p%40SS', Buffer.from(secret).toString('base64').slice(2, 10)]) {
    expect(scrubbed).not.toContain(piece);
  }
});

test('of two secrets of which one begins the other the longer is replaced whole', () => {
  const scrubber = createScrubber();
  scrubber.add('hunter');
  scrubber.add('hunter-two');

  expect(scrubber.scrub('is hunter-two')).toBe('is [redacted]');
});

test('a single line of a secret of several lines is replaced', () => {
  const scrubber = createScrubber();
  scrubber.add('-----BEGIN KEY-----\nMC4CAQAwBQYDK2VwBCIEIPnPa\n-----END KEY-----\n');

  expect(scrubber.scrub('bad line: MC4CAQAwBQYDK2VwBCIEIPnPa')).toBe('bad line: [redacted]');
});

test('a value too short to be told from ordinary text leaves the text alone', () => {
  const scrubber = createScrubber();
  scrubber.add('');
  scrubber.add('a');

  expect(scrubber.scrub('a plain line')).toBe('a plain line');
});

test('no secret of whatever characters survives, as text or in JSON', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.string(), (value, around) => {
      fc.pre(value.trim().length >= 4 && !'[redacted]'.includes(value.trim()));
      const scrubber = createScrubber();
      scrubber.add(value);

      expect(scrubber.scrub(`${around}${value}${around}`)).not.toContain(value);
      expect(scrubber.scrub(JSON.stringify({ m: value }))).not.toContain(JSON.stringify(value).slice(1, -1));
    }),
  );
});
