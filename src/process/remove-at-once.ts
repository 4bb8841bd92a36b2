import { existsSync, rmSync } from 'node:fs';

const attempts = 200;
const pauseMilliseconds = 50;
/** What rmSync meets when somebody is at work in the folder. */
const ofOthers: ReadonlySet<string> = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT']);

/**
 * Removes a folder while the process ends, when nothing can be waited for. Somebody else may still be putting files
 * into it or taking them away, of which rmSync may take the one for an error and the other for the end of its work:
 * it is tried again until the folder is gone, for ten seconds.
 */
export function removeAtOnce(folder: string): void {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      if (!existsSync(folder)) return;
    } catch (error) {
      if (!ofOthers.has((error as NodeJS.ErrnoException).code ?? '')) return;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMilliseconds);
  }
}
