import type { Action, Decision, EventNote } from '../runtime/decision.ts';
import type { Trouble } from './job/trouble.ts';

/** What one step of a decision came to; `Facts` are the status without its conditions. */
export interface Step<Facts, Reason extends string> {
  readonly facts: Facts;
  readonly actions: readonly Action[];
  readonly events: readonly EventNote<Reason>[];
  /** Look again after so many seconds. */
  readonly wakeAfterSeconds?: number | undefined;
  /** What keeps the worker from getting on, though nobody has to do anything yet. */
  readonly obstacle?: Trouble | undefined;
  /** What the object waits for, as part of a sentence. */
  readonly waitsFor?: string | undefined;
  /** The foreign object that has the name that is needed; nothing goes on while it is there. */
  readonly collision?: string | undefined;
}

/** A step that changes nothing. */
export function rest<Facts>(facts: Facts): Step<Facts, never> {
  return { facts, actions: [], events: [] };
}

/** The earliest of the wishes. */
export function soonest(...seconds: readonly (number | undefined)[]): number | undefined {
  const wishes = seconds.filter((wish) => wish !== undefined);
  return wishes.length === 0 ? undefined : Math.min(...wishes);
}

/** A decision that leaves status alone. */
export function onlyActions<Status>(actions: readonly Action[]): Decision<Status, never> {
  return { actions, events: [] };
}

/** Objects without a member that is undefined: a status must equal what the API server stores. */
export function defined<T extends object>(object: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  const members = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(members) as { readonly [K in keyof T]: Exclude<T[K], undefined> };
}
