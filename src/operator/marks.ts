import type { KubeObject, ObjectMeta, OwnerReference } from '../base/resource.ts';

/** Labels on everything that the operator makes. */
export const labelNames = {
  managedBy: 'app.kubernetes.io/managed-by',
  component: 'app.kubernetes.io/component',
  partOf: 'app.kubernetes.io/part-of',
  /** UID of the object that a worker works for: exact, and short enough for a label. */
  owner: 'pgcairn.dev/owner-uid',
  /** What the worker does: backup, inspect, prune, probe, drill, inspect-drill. */
  task: 'pgcairn.dev/task-kind',
} as const;

/** Selects the Jobs and pods of workers, and nothing else. */
export const workerSelector = `${labelNames.managedBy}=pgcairn,${labelNames.component}=worker`;

/** Selects the Leases of servers. */
export const leaseSelector = `${labelNames.managedBy}=pgcairn`;

/** Set by Kubernetes on the pods of a Job. */
export const jobNameLabel = 'batch.kubernetes.io/job-name';

/** Annotations that people set. */
export const requests = {
  run: 'pgcairn.dev/run-requested',
  probe: 'pgcairn.dev/probe-requested',
  /** `true`: an object that is being deleted goes without its runs being removed from the store. */
  abandonRuns: 'pgcairn.dev/abandon-runs',
} as const;

/** Annotations that the operator sets. */
export const notes = {
  /** On a pod: the worker's task, one JSON document. */
  task: 'pgcairn.dev/task',
  /** On a Job and its pods: `<kind>/<name>` of the object that they belong to. */
  owner: 'pgcairn.dev/owner',
  slotId: 'pgcairn.dev/slot-id',
  slotTime: 'pgcairn.dev/slot-time',
  trigger: 'pgcairn.dev/trigger',
  runId: 'pgcairn.dev/run-id',
  /** On a Job: the Lease of the server that it needs before it may start. */
  lease: 'pgcairn.dev/server-lease',
  /** On a Job: the place that its worker reads and writes. */
  location: 'pgcairn.dev/location',
  /** On a Job: how long it stays once its result is in status, in seconds. */
  keepSeconds: 'pgcairn.dev/keep-seconds',
  /** On the Job of a drill: whose runs it restores. */
  source: 'pgcairn.dev/source',
  /** On a Job: the generation of the spec that it was made from. */
  generation: 'pgcairn.dev/generation',
  /** On a PostgresBackup: the high-water marks a second time, since a status can be lost. */
  lastSlot: 'pgcairn.dev/last-slot',
  lastRequest: 'pgcairn.dev/last-request',
  /** On a Lease: `<namespace>/<name>` of the Job that holds it. */
  holder: 'pgcairn.dev/holder',
} as const;

export const finalizers = {
  /** On a Job: its report has not been read yet. */
  result: 'pgcairn.dev/result',
  /** On a PostgresBackup with deletionPolicy Delete: its runs are still in the store. */
  runs: 'pgcairn.dev/runs',
} as const;

/** Labels of a worker of `owner`. */
export function workerLabels(owner: KubeObject, task: string): Readonly<Record<string, string>> {
  return {
    [labelNames.managedBy]: 'pgcairn',
    [labelNames.component]: 'worker',
    [labelNames.partOf]: 'pgcairn',
    [labelNames.owner]: uidOf(owner),
    [labelNames.task]: task,
  };
}

/** `<kind>/<name>`, as in the annotation `notes.owner`. */
export function ownerNote(owner: KubeObject): string {
  return `${owner.kind}/${owner.metadata.name}`;
}

/** The reference that makes `owner` the controller of an object, so that it goes with its owner. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** True when `owner`, by UID and not by name alone, is the controller of the object. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === uidOf(owner);
}

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Every object that came from the API server has a UID; one that did not is a fault in pgcairn. */
export function uidOf(object: KubeObject): string {
  const { uid } = object.metadata;
  if (uid === undefined) throw new TypeError(`${object.kind} ${object.metadata.name} has no UID`);
  return uid;
}

/** Value of a request, as much of it as status can hold; undefined when nothing is asked for. */
export function requestOf(metadata: ObjectMeta, name: string): string | undefined {
  const value = metadata.annotations?.[name]?.slice(0, requestLimit);
  return value === '' ? undefined : value;
}

const requestLimit = 1024;

export function annotationOf(metadata: ObjectMeta, name: string): string | undefined {
  return metadata.annotations?.[name];
}
