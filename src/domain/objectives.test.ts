import { expect, it } from 'vitest';
import { drillObjectives, recoveryPoint } from './objectives.ts';

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

it('promises no recovery point for a run that is old by choice', () => {
  const objectives = { recoveryTimeSeconds: 60, recoveryPointSeconds: 3600 };
  expect(drillObjectives(objectives, { pick: 'Newest' })).toEqual(objectives);
  for (const pick of ['Oldest', 'Random', '20261201T021700Z-7f3a'])
    expect(drillObjectives(objectives, { pick })).toEqual({ recoveryTimeSeconds: 60 });
});
