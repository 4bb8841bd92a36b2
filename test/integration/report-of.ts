import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { Report } from '../../src/task/report.ts';
import type { WorkerPod } from './worker-harness.ts';

/** What a drill has reported that still runs. */
export async function reportOf(pod: WorkerPod): Promise<Report> {
  const read = async (): Promise<Report> =>
    Report.parse(JSON.parse(await readFile(join(pod.root, 'termination-log'), 'utf8')));
  return await vi.waitFor(read, { timeout: 60_000 });
}
