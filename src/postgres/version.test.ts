import { describe, expect, it } from 'vitest';
import { clientMajorFor } from './version.ts';

const all = [14, 15, 16, 17, 18];

describe('clientMajorFor', () => {
  it.each([
    ['the same major from 16 on', 160_015, all, 16],
    ['the same major for 18', 180_006, all, 18],
    ['16 for 15', 150_019, all, 16],
    ['16 for 13', 130_023, all, 16],
    ['the next newer when its own is absent', 160_015, [14, 15, 18], 18],
    ['the nearest older one that is able for 14 without 16', 140_000, [14, 15, 17], 14],
    ['a newer one for 15 when nothing else is there', 150_000, [13, 17, 18], 17],
  ])('is %s', (_, server, available, expected) => {
    expect(clientMajorFor(server, available)).toBe(expected);
  });

  it.each([
    ['too old a server', 120_022, all, 'ServerTooOld', /PostgreSQL 12; 13 is the oldest/],
    ['too new a server', 190_001, all, 'ServerTooNew', /PostgreSQL 19; the newest client here is 18/],
    ['no client at all', 160_000, [], 'ServerTooNew', /no PostgreSQL client programs/],
  ])('refuses %s', (_, server, available, reason, message) => {
    expect(() => clientMajorFor(server, available)).toThrow(
      expect.objectContaining({ reason, message: expect.stringMatching(message) as string }),
    );
  });
});
