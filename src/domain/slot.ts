import type { RunTrigger } from '../api/v1alpha1/postgres-backup.ts';
import { sha256Hex } from '../base/hash.ts';
import { toInstant } from './instant.ts';

/** One run that is owed: by the schedule, by a request, or because an object without a schedule is new. */
export interface Slot {
  readonly trigger: RunTrigger;
  /** What the schedule gave (before jitter), the creation time for Once, the observation for Request. */
  readonly time: Date;
  /** What makes the slot this one and no other: its time, or the value of the request. */
  readonly mark: string;
}

/** Names that follow from a slot alone, so that whoever meets the slot again arrives at the same Job and run. */
export interface SlotNames {
  /** 10 hexadecimal digits. */
  readonly slotId: string;
  readonly jobName: string;
  readonly runId: string;
}

const namePartLength = 40;

/** Names of a slot of the object `owner`. */
export function slotNames(owner: { readonly name: string; readonly uid: string }, slot: Slot): SlotNames {
  const hash = sha256Hex(JSON.stringify([owner.uid, slot.trigger, slot.mark]));
  const slotId = hash.slice(0, 10);
  const stamp = toInstant(slot.time).replaceAll(/[-:]/g, '');
  return { slotId, jobName: childName(owner.name, slotId), runId: `${stamp}-${hash.slice(10, 14)}` };
}

/**
 * `<name, 40 characters at most>-<suffix>`: a DNS label, as Jobs need because pods carry their names as a label.
 * Uniqueness comes from the suffix.
 */
export function childName(name: string, suffix: string): string {
  const part = name
    .slice(0, namePartLength)
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replace(/-+$/, '');
  return `${part}-${suffix}`;
}

/** Whole seconds in [0, window], the same for an object for ever. */
export function jitterOf(uid: string, windowSeconds: number): number {
  if (windowSeconds <= 0) return 0;
  return Number.parseInt(sha256Hex(uid).slice(0, 12), 16) % (windowSeconds + 1);
}
