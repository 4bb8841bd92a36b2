import { expect, it } from 'vitest';
import { recoveryPoint } from './objectives.ts';

const created = new Date('2026-11-20T00:00:00Z');
const at = (time: string): Date => new Date(`2026-11-20T${time}Z`);

it.each([
  { what: 'young data', newest: at('01:00:00'), now: at('01:30:00'), state: 'within' },
  { what: 'data exactly as old as promised', newest: at('01:00:00'), now: at('02:00:00'), state: 'within' },
  { what: 'data a second older than promised', newest: at('01:00:00'), now: at('02:00:01'), state: 'missed' },
  { what: 'no data in a young object', newest: undefined, now: at('00:30:00'), state: 'pending' },
  { what: 'no data in an old object', newest: undefined, now: at('01:00:01'), state: 'missed' },
])('$what: $state', ({ newest, now, state }) => {
  expect(recoveryPoint(3600, newest, created, now).state).toBe(state);
});

it('tells when the promise will be broken', () => {
  expect(recoveryPoint(3600, at('01:00:00'), created, at('01:10:00'))).toEqual({
    state: 'within',
    flipsAt: at('02:00:00'),
  });
});
