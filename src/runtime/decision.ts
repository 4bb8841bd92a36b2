import type { KubeObject, ObjectKey, ResourceType } from '../base/resource.ts';

/**
 * One effect on the cluster. A closed list: the runtime performs them in order and stops at the first that fails.
 * Every one can be repeated without harm, since a crash may come between any two.
 */
export type Action =
  /** POST. AlreadyExists counts as done: the next pass observes whose the object is. */
  | { readonly do: 'create'; readonly type: ResourceType; readonly object: KubeObject }
  /** Server-side apply with the controller's field manager and force. */
  | { readonly do: 'apply'; readonly type: ResourceType; readonly object: KubeObject }
  /**
   * DELETE with a UID precondition and, where given, one on the resourceVersion; background propagation. Absent counts
   * as done.
   */
  | {
      readonly do: 'delete';
      readonly type: ResourceType;
      readonly key: ObjectKey;
      readonly uid: string;
      readonly resourceVersion?: string;
    }
  /**
   * JSON merge patch. `uid` and, where given, `resourceVersion` are preconditions: another object of that name,
   * or a newer state of it, makes the pass end and start again.
   */
  | {
      readonly do: 'patch';
      readonly type: ResourceType;
      readonly key: ObjectKey;
      readonly uid: string;
      readonly resourceVersion?: string;
      readonly patch: object;
    }
  /** PUT with the resourceVersion inside `object` as precondition (Leases). */
  | { readonly do: 'replace'; readonly type: ResourceType; readonly object: KubeObject };

/** A note for `kubectl describe`; `reason` comes from a closed list of the kind. */
export interface EventNote<Reason extends string = string> {
  readonly type: 'Normal' | 'Warning';
  readonly reason: Reason;
  /** What was being done, one CamelCase word: Launch, Verify, Probe. */
  readonly action: string;
  /** At most 1,000 characters; no secret, no foreign text. */
  readonly note: string;
}

/**
 * What one pass wants. Order of effects: status first (the journal: what is about to be done is known before it is
 * done, and a result is recorded before what held it is let go), then the events that tell of it, then the actions.
 */
export interface Decision<Status, Reason extends string = string> {
  /** The whole wanted status; undefined leaves it alone. Written only if it differs, under the observed resourceVersion. */
  readonly status?: Status;
  readonly actions: readonly Action[];
  readonly events: readonly EventNote<Reason>[];
  /**
   * The whole status that is wanted instead should the API server refuse to create `object`: `words` say what was
   * refused and why, in its own words and at most 1,000 characters. Undefined leaves status alone.
   */
  refused?(object: KubeObject, words: string): Status | undefined;
  /** Look again after so many seconds even if nothing happens. */
  readonly wakeAfterSeconds?: number;
}
