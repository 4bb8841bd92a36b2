import { z } from 'zod';
import type { ReadonlyDeep } from './readonly-deep.ts';
import { count, runId, time } from './status-fields.ts';

export const RunTrigger = z.enum(['Schedule', 'Request', 'Once']);
export type RunTrigger = z.infer<typeof RunTrigger>;

export const id = runId.describe('runId is the name of the run, and of its folder in the repository.');
export const trigger = RunTrigger.describe(
  'trigger is what the run came from: the schedule, the annotation pgcairn.dev/run-requested, or the absence of a schedule.',
);
export const slotTime = time.describe(
  'slotTime is the minute that the schedule gave, before jitter; else when the run was decided on.',
);
export const startTime = time.describe('startTime is when the run was decided on.');

/** The run under way of every kind that runs Jobs by a schedule. */
export const CurrentRun = z.strictObject({
  runId: id,
  trigger,
  slotTime,
  jobName: z.string().max(63).describe('jobName is the name of the Job.'),
  stage: z
    .enum(['Launching', 'Waiting', 'Running', 'Inspecting'])
    .describe(
      'stage is how far the run is. Launching: decided on, its Job not seen yet. Waiting: the Job is made, but the server is busy with another run. Running. Inspecting: the store is asked what the run came to, as the worker is gone without a report or stays for a look.',
    ),
  startTime,
  progress: z
    .strictObject({
      step: z.string().max(128).describe('step is what the worker is doing.'),
      bytes: count.describe('bytes is what it has moved so far in this step, in bytes.'),
      objects: count.describe('objects is how many objects it has finished so far.'),
      updateTime: time.describe('updateTime is when the worker was asked.'),
    })
    .describe('progress is how far the worker is.')
    .exactOptional(),
  location: z
    .string()
    .max(2048)
    .describe(
      'location is the place that the run is written to: that of the repository when its Job was made.',
    )
    .exactOptional(),
});
export type CurrentRun = ReadonlyDeep<z.infer<typeof CurrentRun>>;

export const missedRuns = z
  .strictObject({
    count: count.describe('count is how many slots passed without a run since the last success.'),
    lastTime: time.describe('lastTime is the newest of them.').exactOptional(),
    reason: z.string().max(1024).describe('reason is why it was missed.').exactOptional(),
  })
  .describe('missedRuns counts slots that passed without a run.');
