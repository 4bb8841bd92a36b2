import { z } from 'zod';
import { Conditions } from './condition.ts';
import { count, observedGeneration, time } from './status-fields.ts';
import type { ReadonlyDeep } from './readonly-deep.ts';

const flag = z.boolean();

const Capabilities = z.strictObject({
  multipart: flag.describe('multipart: large objects can be uploaded in parts.'),
  conditionalWrite: flag.describe('conditionalWrite: the store can refuse to overwrite.'),
  versioning: flag.describe('versioning: overwritten and removed objects stay as old versions.'),
  objectLock: flag.describe('objectLock: objects can be locked against removal.'),
});

const Latency = z.strictObject({
  write: count.describe('write is the time for one small object, in milliseconds.'),
  read: count.describe('read is the time for one small object, in milliseconds.'),
  list: count.describe('list is the time for one listing, in milliseconds.'),
  delete: count.describe('delete is the time for one object, in milliseconds.'),
});

const CurrentProbe = z.strictObject({
  jobName: z.string().max(63).describe('jobName is the name of the Job.'),
  startTime: time.describe('startTime is when the probe was decided on.'),
});

/** What the operator knows of a repository. */
export const BackupRepositoryStatus = z.strictObject({
  observedGeneration,
  conditions: Conditions.exactOptional(),
  lastProbeTime: time.describe('lastProbeTime is when the last probe ended.').exactOptional(),
  nextProbeTime: time.describe('nextProbeTime is when the next probe is due.').exactOptional(),
  failedProbes: count
    .describe('failedProbes is how many probes have failed in a row; it sets the pace of the next.')
    .exactOptional(),
  currentProbe: CurrentProbe.describe(
    'currentProbe is the probe that is on its way, written before its Job is made.',
  ).exactOptional(),
  store: z.string().max(32).describe('store is the sort of store: S3 or Volume.').exactOptional(),
  location: z
    .string()
    .max(1024)
    .describe('location is where runs are written: bucket and prefix, or claim and path.')
    .exactOptional(),
  capabilities: Capabilities.describe(
    'capabilities is what the last probe found the store to be able to do.',
  ).exactOptional(),
  latencyMilliseconds: Latency.describe(
    'latencyMilliseconds is how long the store took for each operation, in milliseconds.',
  ).exactOptional(),
  signingKeyFingerprint: z
    .string()
    .max(128)
    .describe('signingKeyFingerprint is the SHA-256 of the public key that manifests are signed with.')
    .exactOptional(),
  lastProbeRequest: z
    .string()
    .max(1024)
    .describe('lastProbeRequest is the value of the annotation pgcairn.dev/probe-requested last acted on.')
    .exactOptional(),
});
export type BackupRepositoryStatus = ReadonlyDeep<z.infer<typeof BackupRepositoryStatus>>;
