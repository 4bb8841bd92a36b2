import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RetentionSpec } from '../api/v1alpha1/postgres-backup.ts';
import type { RetainedRun, RetentionContext, RetentionPlan } from './retention.ts';
import { planRetention } from './retention.ts';

const now = new Date('2026-11-20T12:00:00Z');
const utc = { now, timeZone: 'Etc/UTC' };
const hour = 3_600_000;
const day = 24 * hour;

/** The plan after the newest of `runs` was published. */
function planAfter(
  runs: readonly RetainedRun[],
  policy: RetentionSpec,
  context: Pick<RetentionContext, 'now' | 'timeZone'>,
): RetentionPlan {
  const newest = runs.toSorted((a, b) => b.sequence - a.sequence)[0];
  return planRetention(runs, policy, { ...context, publishedRunId: newest?.runId ?? '' });
}

function runAt(time: string): RetainedRun {
  return {
    runId: time,
    sequence: Date.parse(time),
    snapshotTime: new Date(time),
    suspicious: false,
    content: 'All',
    filtered: false,
    databases: ['shop'],
  };
}

function run(ageMilliseconds: number, suspicious = false): RetainedRun {
  const snapshotTime = new Date(now.getTime() - ageMilliseconds);
  return { ...runAt(snapshotTime.toISOString()), suspicious };
}

function spec(rules: Partial<RetentionSpec>): RetentionSpec {
  return { minimumVerified: 1, hold: false, ...rules };
}

/** Ages in days of what stays, newest first. */
function keptDays(runs: readonly RetainedRun[], rules: Partial<RetentionSpec>): number[] {
  const plan = planAfter(runs, spec(rules), utc);
  return plan.keep.map((runId) => Math.round((now.getTime() - Date.parse(runId)) / day));
}

const daily = (count: number): RetainedRun[] => Array.from({ length: count }, (_, i) => run(i * day));

describe('keep rules', () => {
  test.each([
    ['no rule keeps all', {}, [0, 1, 2, 3, 4]],
    ['keepLast', { keepLast: 3 }, [0, 1, 2]],
    ['keepDaily counts days that have runs', { keepDaily: 4 }, [0, 1, 2, 3]],
    ['rules add up', { keepLast: 2, keepDaily: 3 }, [0, 1, 2]],
    ['the minimum holds against a smaller rule', { keepLast: 1, minimumVerified: 4 }, [0, 1, 2, 3]],
    ['counts of zero are no rule', { keepLast: 0, keepDaily: 0, maximumAgeSeconds: 0 }, [0, 1, 2, 3, 4]],
  ] as const)('%s', (_, rules, expected) => {
    expect(keptDays(daily(5), rules)).toEqual(expected);
  });

  test('of several runs in a day the newest is kept', () => {
    const runs = [run(1 * hour), run(2 * hour), run(25 * hour), run(26 * hour)];
    const plan = planAfter(runs, spec({ keepDaily: 2 }), utc);
    expect(plan.keep).toEqual([runs[0]!.runId, runs[2]!.runId]);
  });

  test('a day is a day of the time zone', () => {
    // 23:30 and 00:30 in Berlin, one UTC day.
    const runs = ['2026-11-19T22:30:00Z', '2026-11-19T23:30:00Z'].map(runAt);
    const keptIn = (timeZone: string): number =>
      planAfter(runs, spec({ keepDaily: 2 }), { now, timeZone }).keep.length;
    expect([keptIn('Europe/Berlin'), keptIn('Etc/UTC')]).toEqual([2, 1]);
  });

  test('the hour that summer time repeats is two hours', () => {
    const runs = ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map(runAt);
    const plan = planAfter(runs, spec({ keepHourly: 2 }), { now, timeZone: 'Europe/Berlin' });
    expect(plan.keep).toHaveLength(2);
  });

  test('weeks are ISO weeks, also over the new year', () => {
    // 2026-12-31 (Thursday) and 2027-01-01 are in week 53 of 2026; 2027-01-04 begins week 1.
    const runs = ['2026-12-31T01:00:00Z', '2027-01-01T01:00:00Z', '2027-01-04T01:00:00Z'].map(runAt);
    const plan = planAfter(runs, spec({ keepWeekly: 5 }), { now, timeZone: 'Etc/UTC' });
    expect(plan.remove).toEqual(['2026-12-31T01:00:00Z']);
  });
});

describe('a clock that was ahead', () => {
  const ahead = { ...run(-400 * day), runId: 'ahead', sequence: 1 };
  const published = { ...run(0), runId: 'published', sequence: 2 };

  test('holds retention, and says which run it dated', () => {
    const runs = [ahead, published, { ...run(2 * day), sequence: 0 }];
    const plan = planAfter(runs, spec({ keepLast: 1 }), utc);
    expect(plan.remove).toEqual([]);
    expect(plan.held).toContain('run ahead is dated');
  });

  test('does not make an older run the newest', () => {
    const runs = [ahead, { ...published, suspicious: true }];
    expect(planAfter(runs, spec({ keepLast: 1 }), utc).keep).toEqual(['published', 'ahead']);
  });

  test('never costs the run just published, whatever its number', () => {
    const runs = [{ ...run(0), runId: 'published', sequence: 1 }, ...daily(4).slice(1)];
    const plan = planRetention(runs, spec({ keepLast: 1 }), { ...utc, publishedRunId: 'published' });
    expect(plan.remove).toHaveLength(2);
    expect(plan.keep).toContain('published');
  });
});

describe('what stops retention', () => {
  test('a repository that is not as it should be, also when nothing could go', () => {
    const frozen = { ...utc, publishedRunId: daily(1)[0]!.runId, frozen: 'run x is invalid' };
    expect(planRetention(daily(5), spec({ keepLast: 1 }), frozen)).toMatchObject({
      remove: [],
      held: '4 runs could go; run x is invalid',
    });
    expect(planRetention(daily(1), spec({}), frozen).held).toBe('run x is invalid');
  });

  test('a maximum age overrides the keep rules, but not the minimum', () => {
    const rules = { keepLast: 10, maximumAgeSeconds: (2 * day) / 1000, minimumVerified: 4 };
    expect(keptDays(daily(6), rules)).toEqual([0, 1, 2, 3]);
  });

  test('hold keeps all and says how many could go', () => {
    const plan = planAfter(daily(5), spec({ keepLast: 1, hold: true }), utc);
    expect(plan.remove).toEqual([]);
    expect(plan.held).toBe('4 runs could go; retention.hold is set');
  });

  test('a suspicious newest run freezes everything', () => {
    const plan = planAfter([run(0, true), ...daily(5).slice(1)], spec({ keepLast: 1 }), utc);
    expect(plan.remove).toEqual([]);
    expect(plan.held).toContain('suspicious');
  });

  test('a policy made strict removes a quarter a run, oldest first, and comes to its end', () => {
    let runs = daily(40);
    const sizes: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const plan = planAfter(runs, spec({ keepLast: 2 }), utc);
      expect(plan.remove.length).toBeLessThanOrEqual(Math.max(3, runs.length / 4));
      expect(plan.remove).toEqual(
        runs
          .slice(runs.length - plan.remove.length)
          .map((r) => r.runId)
          .toReversed(),
      );
      runs = runs.filter((candidate) => plan.keep.includes(candidate.runId));
      sizes.push(runs.length);
    }
    expect(sizes.slice(0, 3)).toEqual([30, 23, 18]);
    expect(sizes.at(-1)).toBe(2);
  });
});

/** Ages in days of what is left, newest first, when a run a day is made and retention applied after each. */
function afterDays(runs: readonly RetainedRun[], rules: Partial<RetentionSpec>): number[] {
  let left: readonly RetainedRun[] = [];
  for (const made of runs) {
    const all = [...left, made];
    const { keep } = planAfter(all, spec(rules), { now: made.snapshotTime, timeZone: 'Etc/UTC' });
    left = all.filter(({ runId }) => keep.includes(runId));
  }
  return left.map(({ runId }) => Math.round((now.getTime() - Date.parse(runId)) / day)).toReversed();
}

/** A run a day, oldest first, the newest of them today; `change` says what the last `count` of `days` hold. */
function dailies(days: number, count: number, change: Partial<RetainedRun>): RetainedRun[] {
  return daily(days)
    .toReversed()
    .map((one, index) => (index < days - count ? one : { ...one, ...change }));
}

describe('another choice of what to save', () => {
  const rules = { keepLast: 3, keepDaily: 7, minimumVerified: 2 };

  test.each([
    ['content: SchemaOnly', { content: 'SchemaOnly' }],
    ['content: DataOnly', { content: 'DataOnly' }],
    ['filters', { filtered: true }],
    ['another database', { databases: ['other'] }],
  ] as const)('leaves the newest run of before: %s', (_, change) => {
    expect(afterDays(dailies(30, 20, change), rules)).toEqual([0, 1, 2, 3, 4, 5, 6, 20]);
  });

  test('that saves more leaves nothing of before', () => {
    const less = { content: 'SchemaOnly', filtered: true } as const;
    const runs = [
      ...dailies(30, 30, less).slice(0, 10),
      ...dailies(20, 20, { databases: ['shop', 'other'] }),
    ];
    expect(afterDays(runs, rules)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test('of parts that only together make a whole leaves the newest of each', () => {
    const parts = [
      ...dailies(30, 30, { content: 'SchemaOnly' }).slice(0, 10),
      ...dailies(20, 20, { content: 'DataOnly' }),
    ];
    expect(afterDays(parts, rules)).toEqual([0, 1, 2, 3, 4, 5, 6, 20]);
  });

  test('is told of where a run stays for it only', () => {
    const runs = dailies(30, 20, { databases: ['other'] });
    const held = planAfter(runs, spec(rules), utc).held ?? '';
    expect(held).toContain(`run ${runs[9]!.runId} stays: no newer run holds as much of database shop`);
    const two = runs.map((one, index) => (index < 5 ? { ...one, databases: ['old', 'shop'] } : one));
    expect(planAfter(two, spec(rules), utc).held).toContain('database shop; 1 more stays for such a reason');
    expect(planAfter(daily(4), spec({ keepLast: 4 }), utc).held).toBeUndefined();
  });

  test('does not hold against a maximum age', () => {
    const limited = { ...rules, maximumAgeSeconds: (15 * day) / 1000 };
    expect(afterDays(dailies(30, 20, { content: 'SchemaOnly' }), limited)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('databases that come and go', () => {
  const rules = { keepDaily: 7 };

  test('keep one run each after they are dropped, however long ago', () => {
    const runs = dailies(60, 50, { databases: ['shop', 'other'] }).map((one, index) =>
      index < 40 ? one : { ...one, databases: ['shop'] },
    );
    expect(afterDays(runs, rules)).toEqual([0, 1, 2, 3, 4, 5, 6, 20]);
  });

  test('are not taken to be held by a run that lost most of them', () => {
    const runs = dailies(30, 20, { suspicious: true }).map((one, index) =>
      index < 15 ? one : { ...one, suspicious: false, databases: ['other'] },
    );
    // Of day 20: the newest whole one; of day 15: the newest at all.
    expect(afterDays(runs, rules)).toEqual([0, 1, 2, 3, 4, 5, 6, 15, 20]);
  });
});

const count = fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined });
const anySpec = fc.record({
  keepLast: count,
  keepHourly: count,
  keepDaily: count,
  keepWeekly: count,
  keepMonthly: count,
  keepYearly: count,
  maximumAgeSeconds: fc.option(fc.integer({ min: 1, max: 400 * 86_400 }), { nil: undefined }),
  minimumVerified: fc.integer({ min: 1, max: 10 }),
  hold: fc.boolean(),
}) as unknown as fc.Arbitrary<RetentionSpec>;
const anyRuns = fc.uniqueArray(fc.integer({ min: 0, max: 500 * 24 }), { maxLength: 60 }).chain((ages) =>
  fc.tuple(
    ...ages.map((age) =>
      fc
        .record({
          suspicious: fc.boolean(),
          content: fc.constantFrom('All', 'SchemaOnly', 'DataOnly'),
          filtered: fc.boolean(),
          databases: fc.subarray(['shop', 'orders', 'audit', 'archive'], { minLength: 1 }),
        })
        .map((holds) => ({ ...run(age * hour), ...holds })),
    ),
  ),
);

/** Whether `one` will do for whoever needs what `other` holds of a database. */
function holdsAsMuch(one: RetainedRun, other: RetainedRun, name: string): boolean {
  return (
    one.databases.includes(name) &&
    [other.content, 'All'].includes(one.content) &&
    (other.filtered || !one.filtered) &&
    (other.suspicious || !one.suspicious)
  );
}

describe('for every policy and history', () => {
  test('a plan parts the runs in two, and never touches what must stay', () => {
    fc.assert(
      fc.property(anyRuns, anySpec, (runs, policy) => {
        const plan = planAfter(runs, policy, { now, timeZone: 'Australia/Lord_Howe' });
        const newestFirst = runs.toSorted((a, b) => b.snapshotTime.getTime() - a.snapshotTime.getTime());
        expect([...plan.keep, ...plan.remove].toSorted()).toEqual(runs.map((r) => r.runId).toSorted());
        expect(plan.keep.length).toBeGreaterThanOrEqual(Math.min(runs.length, policy.minimumVerified));
        const removed = new Set(plan.remove);
        for (const must of newestFirst.slice(0, policy.minimumVerified))
          expect(removed.has(must.runId)).toBe(false);
        const sound = newestFirst.find((r) => !r.suspicious)?.runId ?? '';
        expect(removed.has(sound)).toBe(false);
        const frozen = policy.hold || newestFirst[0]?.suspicious === true;
        expect(frozen && removed.size > 0).toBe(false);
        expect(removed.size).toBeLessThanOrEqual(Math.max(3, Math.floor(runs.length / 4)));
      }),
    );
  });

  test('what a run held of a database is in one that is newer, or as old as the rules let it become', () => {
    fc.assert(
      fc.property(anyRuns, anySpec, (any, anyPolicy) => {
        const policy = { ...anyPolicy, hold: false };
        const runs = any.map((one, index) => (index === 0 ? { ...one, ...run(0) } : one));
        let kept = runs;
        for (let i = 0; i < 30; i += 1) {
          const { keep } = planAfter(kept, policy, utc);
          kept = kept.filter(({ runId }) => keep.includes(runId));
        }
        const limit = now.getTime() - (policy.maximumAgeSeconds ?? Number.POSITIVE_INFINITY) * 1000;
        for (const gone of runs.filter((one) => one.snapshotTime.getTime() >= limit && !kept.includes(one))) {
          const newer = kept.filter(({ sequence }) => sequence > gone.sequence);
          const lost = gone.databases.filter((name) => !newer.some((one) => holdsAsMuch(one, gone, name)));
          expect(lost).toEqual([]);
        }
      }),
    );
  });

  test('removing what a plan says, again and again, comes to an end within 30 runs', () => {
    fc.assert(
      fc.property(anyRuns, anySpec, (runs, policy) => {
        let left: readonly RetainedRun[] = runs;
        for (let i = 0; i < 30; i += 1) {
          const { keep } = planAfter(left, policy, utc);
          left = left.filter((r) => keep.includes(r.runId));
        }
        expect(planAfter(left, policy, utc).remove).toEqual([]);
      }),
    );
  });
});
