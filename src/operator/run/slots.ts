import { addSeconds, instantMilliseconds, latestInstant, toInstant } from '../../domain/instant.ts';
import type { Schedule, SlotSpan } from '../../domain/schedule.ts';
import { latestSlot, nextSlot, slotCountLimit, slotsBetween } from '../../domain/schedule.ts';
import type { Slot } from '../../domain/slot.ts';
import { jitterOf } from '../../domain/slot.ts';
import { annotationOf, notes, requestOf, requests, uidOf } from '../marks.ts';
import type { Journal, RunSpec } from './journal.ts';
import type { RunOwner } from './seen.ts';

/** A slot whose time has come. */
export interface DueSlot extends Slot {
  /** The slot's time and the jitter. */
  readonly dueTime: Date;
  /** After this it counts as missed; a request and the one run of an object without a schedule never do. */
  readonly expires?: Date;
}

export interface SlotView {
  readonly due?: DueSlot;
  /** Slots that will not run any more; counted once, because the mark moves to `last`. */
  readonly missed?: { readonly count: number; readonly isAtLeast: boolean; readonly last: Date };
  /** When the next run is to start: in the past while a slot is due. */
  readonly nextTime?: Date;
}

/** A schedule whose runs start `jitter` seconds after their slots. */
interface LateSchedule extends Schedule {
  readonly jitter: number;
}

/** What is owed to an object. While it is suspended, nothing is: slots that pass meanwhile are not missed. */
export function viewSlots(owner: RunOwner, spec: RunSpec, journal: Journal, now: Date): SlotView {
  if (spec.suspend) return {};
  const scheduled =
    spec.schedule === undefined
      ? viewOnce(owner, journal)
      : viewSchedule(owner, spec, { expression: spec.schedule, timeZone: spec.timeZone }, journal, now);
  const request = requestedSlot(owner, journal, now);
  return request ? { ...scheduled, due: request } : scheduled;
}

/** The high-water mark: kept in status, and on the object itself should the status be lost. */
export function slotMark(owner: RunOwner, journal: Journal): Date | undefined {
  return latestInstant(journal.lastSlotTime, annotationOf(owner.metadata, notes.lastSlot));
}

/** The request for a run that none has been started for yet. A request is its value: each new one gives one run. */
export function openRequest(owner: RunOwner, journal: Journal): string | undefined {
  const value = requestOf(owner.metadata, requests.run);
  const answered = [journal.lastRequest, annotationOf(owner.metadata, notes.lastRequest)];
  return answered.includes(value) ? undefined : value;
}

function requestedSlot(owner: RunOwner, journal: Journal, now: Date): DueSlot | undefined {
  const value = openRequest(owner, journal);
  return value === undefined ? undefined : { trigger: 'Request', time: now, mark: value, dueTime: now };
}

function viewOnce(owner: RunOwner, journal: Journal): SlotView {
  const created = createdAt(owner);
  const mark = slotMark(owner, journal);
  if (mark !== undefined && mark >= created) return {};
  const due = { trigger: 'Once', time: created, mark: toInstant(created), dueTime: created } as const;
  return { due, nextTime: created };
}

function viewSchedule(
  owner: RunOwner,
  spec: RunSpec,
  schedule: Schedule,
  journal: Journal,
  now: Date,
): SlotView {
  const jitter = jitterOf(uidOf(owner), spec.jitterSeconds);
  const until = addSeconds(now, -jitter);
  const after = owedSince(owner, { ...schedule, jitter }, journal, now);
  const span = slotsBetween(schedule, after, until);
  const following = nextSlot(schedule, latestOf(until, after));
  const nextTime = following && addSeconds(following, jitter);
  if (!span) return { ...(nextTime && { nextTime }) };
  const due = dueSlot(span.latest, jitter, spec.startingDeadlineSeconds);
  const inTime = due.expires === undefined || now <= due.expires;
  const missed = missedOf(span, inTime);
  return {
    ...(inTime && { due }),
    ...(missed && { missed }),
    ...(inTime ? { nextTime: due.dueTime } : nextTime && { nextTime }),
  };
}

function dueSlot(time: Date, jitter: number, startingDeadlineSeconds: number): DueSlot {
  const dueTime = addSeconds(time, jitter);
  return {
    trigger: 'Schedule',
    time,
    mark: toInstant(time),
    dueTime,
    expires: addSeconds(dueTime, startingDeadlineSeconds),
  };
}

/** Only the latest slot can still run; the ones before it are over. */
function missedOf(span: SlotSpan, latestInTime: boolean): SlotView['missed'] {
  const count = latestInTime ? span.earlier : span.earlier + 1;
  const last = latestInTime ? span.previous : span.latest;
  if (count === 0 || last === undefined) return undefined;
  return { count, isAtLeast: span.earlier >= slotCountLimit, last };
}

/**
 * Slots later than this are owed, down to a millisecond. What was promised (status.nextRunTime) is owed even when
 * its time passed unseen; what was never promised is not: a schedule that was edited or resumed owes nothing from
 * before. Without any status the object owes everything since its creation that its mark does not cover.
 */
function owedSince(owner: RunOwner, schedule: LateSchedule, journal: Journal, now: Date): Date {
  const mark = slotMark(owner, journal);
  const since = promisedSince(owner, schedule, journal, now);
  return mark !== undefined && mark > since ? mark : since;
}

function promisedSince(owner: RunOwner, schedule: LateSchedule, journal: Journal, now: Date): Date {
  if (owner.status?.observedGeneration === undefined) return createdAt(owner);
  const promised = instantMilliseconds(journal.nextRunTime);
  if (promised === undefined) return latestOf(createdAt(owner), addSeconds(now, -schedule.jitter));
  const slot = promisedSlot(schedule, new Date(promised));
  return new Date(Math.min(slot.getTime() - 1, now.getTime()));
}

/**
 * The slot whose run was promised for `time`: a jitter before it, and other slots may lie between the two. Where none
 * is there the promise is of another schedule or jitter, and the slot nearest to it stands for it.
 */
function promisedSlot(schedule: LateSchedule, time: Date): Date {
  const slot = addSeconds(time, -schedule.jitter);
  const isExact = latestSlot(schedule, slot)?.getTime() === slot.getTime();
  return isExact ? slot : (latestSlot(schedule, time) ?? time);
}

function createdAt(owner: RunOwner): Date {
  return new Date(instantMilliseconds(owner.metadata.creationTimestamp) ?? 0);
}

function latestOf(a: Date, b: Date): Date {
  return a > b ? a : b;
}
