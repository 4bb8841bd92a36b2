import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WorkerRig } from '../../../test/builders/worker-rig.ts';
import { makeWorkerRig } from '../../../test/builders/worker-rig.ts';
import type { ManualClock } from '../../../test/fault/fake-clock.ts';
import { manualClock } from '../../../test/fault/fake-clock.ts';
import { drillTask } from '../../../test/integration/drill-harness.ts';
import { repositoryOn } from '../../../test/integration/worker-harness.ts';
import { withinDeadline } from './deadline.ts';
import type { DrillContext } from './ledger.ts';
import { Refuted, makeCheck, openLedger } from './ledger.ts';

let rig: WorkerRig;
let clock: ManualClock;
beforeEach(async () => {
  [rig, clock] = [await makeWorkerRig(), manualClock()];
});
afterEach(() => rig.remove());

const late = { reason: 'DeadlineExceeded', message: expect.stringContaining('limits.deadlineSeconds, 60 s') };

function context(): DrillContext {
  const task = drillTask(repositoryOn(undefined, undefined), { limits: { deadlineSeconds: 60, retries: 0 } });
  return { ...rig.workspace(), clock, task, ledger: openLedger(clock) };
}
function untilAborted({ signal }: DrillContext): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

describe('work with a deadline', () => {
  test('is over with its own end, and leaves no timer', async () => {
    await withinDeadline(context(), () => Promise.resolve());
    await expect(withinDeadline(context(), () => Promise.reject(new Refuted('no')))).rejects.toThrow('no');
    expect(clock.sleepers).toBe(0);
  });

  test.each([
    { what: 'that heeds its signal', seconds: 60, work: untilAborted },
    { what: 'that heeds nothing', seconds: 90, work: () => new Promise<never>(() => undefined) },
  ])('$what is too late, and says so', async ({ seconds, work }) => {
    await Promise.all([
      expect(withinDeadline(context(), work)).rejects.toMatchObject(late),
      clock.advance(seconds * 1000),
    ]);
    expect(clock.sleepers).toBe(0);
  });

  test('refutes no backup by what being cut off looks like', async () => {
    const given = context();
    const work = (timed: DrillContext): Promise<void> =>
      makeCheck(timed, 'Restore', async () => {
        await untilAborted(timed).catch(() => undefined);
        throw new Refuted('the server lacks a row');
      });
    await Promise.all([
      expect(withinDeadline(given, work)).rejects.toMatchObject(late),
      clock.advance(60_000),
    ]);
    expect(given.ledger.checks).toMatchObject([{ outcome: 'Undecided', detail: late.message }]);
  });
});
