import { expect, test } from 'vitest';
import { claimFolder, heldByOwner, ownedUids } from './owner-marker.ts';

const now = new Date('2026-11-20T12:00:00Z');
const first = { namespace: 'shop', name: 'shop', uid: 'uid-1' };
const second = { ...first, uid: 'uid-2' };

const marker = (...claimants: (typeof first)[]) => {
  let current: Parameters<typeof claimFolder>[0];
  for (const claimant of claimants) {
    const claim = claimFolder(current, claimant, now);
    if (claim.kind === 'Write') current = claim.marker;
  }
  return current;
};

test('an empty folder is claimed', () => {
  expect(claimFolder(undefined, first, now)).toMatchObject({
    kind: 'Write',
    marker: { uid: 'uid-1', succeeded: [] },
  });
});

test('its owner goes on without a write', () => {
  expect(claimFolder(marker(first), first, now)).toEqual({ kind: 'Own' });
});

test('an object made again under the same name takes over, and the old uid is remembered', () => {
  expect(claimFolder(marker(first), second, now)).toMatchObject({
    kind: 'Write',
    took: 'uid-1',
    marker: { uid: 'uid-2', succeeded: [{ uid: 'uid-1', until: now.toISOString() }] },
  });
});

test('a uid that was succeeded and comes back is refused: two objects of one name live', () => {
  expect(claimFolder(marker(first, second), first, now)).toMatchObject({
    kind: 'Foreign',
    because: expect.stringContaining('uid-2'),
    marker: { uid: 'uid-2', contested: { uid: 'uid-1', time: now.toISOString() } },
  });
});

test.each([first, second, { ...first, uid: 'uid-3' }])(
  'a contested folder is refused to $uid',
  (claimant) => {
    const contested = { ...marker(first, second)!, contested: { uid: 'uid-1', time: now.toISOString() } };
    const claim = claimFolder(contested, claimant, now);
    expect(claim).toEqual({
      kind: 'Foreign',
      because: expect.stringMatching(/another prefix.*delete the file OWNER/),
    });
    expect(heldByOwner(contested, 'uid-2')).toContain('uid-1');
    expect([...ownedUids(contested, 'uid-2')]).toEqual(['uid-2']);
  },
);

test('retention goes on for the owner only', () => {
  expect(heldByOwner(marker(first), 'uid-1')).toBeUndefined();
  expect(heldByOwner(marker(first, second), 'uid-1')).toContain('uid-2');
  expect(heldByOwner(undefined, 'uid-1')).toContain('vanished');
});

test("runs of those it followed are the owner's", () => {
  expect([...ownedUids(marker(first, second), 'uid-2')]).toEqual(['uid-2', 'uid-1']);
  expect([...ownedUids(undefined, 'uid-2')]).toEqual(['uid-2']);
});

test('a marker of another name is foreign', () => {
  const other = { ...first, name: 'other' };
  expect(claimFolder(marker(other), first, now)).toMatchObject({ kind: 'Foreign' });
});

test('only the last twenty owners are remembered', () => {
  const many = Array.from({ length: 30 }, (_, i) => ({ ...first, uid: `uid-${i}` }));
  expect(marker(...many)?.succeeded).toHaveLength(20);
});
