import { describe, expect, it } from 'vitest';
import { backupDrill, backupDrillSpec } from '../../../test/builders/backup-drill.ts';
import { backupRepositorySpec } from '../../../test/builders/backup-repository.ts';
import { postgresBackup, postgresBackupSpec } from '../../../test/builders/postgres-backup.ts';
import { someSettings } from '../../../test/builders/settings.ts';
import { provenSource } from '../../../test/fault/operator-drill-rig.ts';
import { addSeconds, toInstant } from '../../domain/instant.ts';
import { jitterOf } from '../../domain/slot.ts';
import { decide as decideBackup } from '../backup/decide.ts';
import { decide as decideDrill } from '../drill/decide.ts';
import type { Journal, RunSpec } from './journal.ts';
import { viewSlots } from './slots.ts';

const uid = 'some-uid';
const jitterSeconds = 3600;
const jitter = jitterOf(uid, jitterSeconds);
const created = new Date('2026-11-20T00:07:00Z');
const metadata = { uid, creationTimestamp: toInstant(created) };
const seenRuns = {
  state: 'present',
  settings: someSettings,
  repository: { state: 'ready', name: 'offsite', spec: backupRepositorySpec() },
  current: { state: 'none' },
  inspect: { state: 'none' },
  others: [],
  orphans: [],
} as const;

interface Pass {
  readonly status?: (Journal & { readonly observedGeneration?: number }) | undefined;
}
type Decide = (spec: { readonly schedule: string }, status: Pass['status'], now: Date) => Pass;

const backup: Decide = (parts, status, now) => {
  const spec = { ...parts, jitterSeconds };
  return decideBackup(
    {
      ...seenRuns,
      owner: postgresBackup({ metadata, spec, ...(status && { status: status as object }) }),
      spec: { state: 'valid', spec: postgresBackupSpec(spec) },
      drills: [],
      namespaceGoes: false,
    },
    now,
  );
};

const drill: Decide = (parts, status, now) => {
  const spec = { ...parts, jitterSeconds };
  return decideDrill(
    {
      ...seenRuns,
      owner: backupDrill({ metadata, spec, ...(status && { status: status as object }) }),
      spec: { state: 'valid', spec: backupDrillSpec(spec) },
      source: { kind: 'backup', name: 'shop', backup: postgresBackup({ status: provenSource }) },
      service: { state: 'none' },
    },
    now,
  );
};

/** Passes at every minute; each run that begins is over at the next. */
function live(decide: Decide, schedule: string, hours: number): { runs: string[]; missed: number } {
  const runs: string[] = [];
  let status: Pass['status'];
  for (let minute = 0; minute <= hours * 60; minute += 1) {
    const now = addSeconds(created, minute * 60);
    const { currentRun, ...next } = decide({ schedule }, status, now).status ?? {};
    if (currentRun) runs.push(currentRun.slotTime);
    status = next;
  }
  return { runs, missed: status?.missedRuns?.count ?? 0 };
}

describe.each([
  { kind: 'backup', decide: backup },
  { kind: 'drill', decide: drill },
])('slots of a $kind', ({ decide }) => {
  it('all run, one jitter late, where the jitter is longer than the time between them', () => {
    const { runs, missed } = live(decide, '*/15 * * * *', 24);
    expect(jitter).toBeGreaterThan(2 * 15 * 60);
    expect(missed).toBe(0);
    // From the first slot after the object was made to the last whose time has come.
    const count = Math.floor((24 * 3600 - 8 * 60 - jitter) / 900) + 1;
    expect(runs).toEqual(
      Array.from({ length: count }, (_, index) =>
        toInstant(addSeconds(new Date('2026-11-20T00:15:00Z'), index * 900)),
      ),
    );
  });

  it('all run where some of them are closer together than the jitter', () => {
    const { runs, missed } = live(decide, '0,5 2 * * *', 48);
    expect(missed).toBe(0);
    expect(runs).toEqual([
      '2026-11-20T02:00:00Z',
      '2026-11-20T02:05:00Z',
      '2026-11-21T02:00:00Z',
      '2026-11-21T02:05:00Z',
    ]);
  });
});

describe('what was promised', () => {
  const spec = {
    schedule: '*/15 * * * *',
    timeZone: 'Etc/UTC',
    jitterSeconds,
    startingDeadlineSeconds: 900,
    suspend: false,
  } satisfies RunSpec;
  const at = (time: string, seconds = 0): Date => addSeconds(new Date(`2026-11-20T${time}Z`), seconds);
  const view = (parts: Partial<RunSpec>, journal: Journal, now: Date): ReturnType<typeof viewSlots> =>
    viewSlots(
      { ...postgresBackup({ metadata }), status: { observedGeneration: 1 } },
      { ...spec, ...parts },
      journal,
      now,
    );

  it('is counted when its time and its starting deadline passed unseen', () => {
    const journal = { nextRunTime: toInstant(at('03:00:00', jitter)) };
    expect(view({}, journal, at('05:00:00', jitter))).toMatchObject({
      due: { time: at('05:00:00') },
      missed: { count: 8, last: at('04:45:00') },
    });
  });

  it('is the slot and no earlier one, in zones whose clocks change', () => {
    const schedule = { schedule: '30 2 * * *', timeZone: 'Europe/Berlin', startingDeadlineSeconds: 86_400 };
    const slot = new Date('2026-03-29T01:00:00Z');
    const journal = { nextRunTime: toInstant(addSeconds(slot, jitter)) };
    const owner = {
      ...postgresBackup({ metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' } }),
      status: { observedGeneration: 1 },
    };
    const seen = viewSlots(owner, { ...spec, ...schedule }, journal, addSeconds(slot, jitter));
    expect(seen).toMatchObject({ due: { time: slot } });
    expect(seen.missed).toBeUndefined();
  });

  it('by another jitter owes nothing from before, once the spec has a longer one', () => {
    // The slot before was of a time of suspension: no mark covers it.
    const journal = { nextRunTime: '2026-11-22T02:00:00Z' };
    const seen = view({ schedule: '0 2 * * *' }, journal, new Date('2026-11-21T12:00:00Z'));
    expect(seen.missed).toBeUndefined();
    expect(seen.due).toBeUndefined();
    expect(seen.nextTime).toEqual(addSeconds(new Date('2026-11-22T02:00:00Z'), jitter));
  });

  it('by another jitter is owed at once, once the spec has a shorter one', () => {
    const journal = { nextRunTime: toInstant(at('02:00:00', jitter)) };
    const spec = { schedule: '0 2 * * *', jitterSeconds: 0, startingDeadlineSeconds: 3600 };
    expect(view(spec, journal, at('02:30:00'))).toMatchObject({ due: { time: at('02:00:00') } });
  });
});
