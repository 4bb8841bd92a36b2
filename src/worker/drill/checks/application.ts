import { lstat, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DrillChecks } from '../../../api/v1alpha1/backup-drill-checks.ts';
import { gateFiles } from '../../../domain/application-gate.ts';
import type { Connection } from '../../../postgres/connection.ts';
import { openRegularFile } from '../../../process/regular-file.ts';
import type { RestoredRun } from '../restored.ts';
import type { Checked } from './checked.ts';

type Application = NonNullable<DrillChecks['application']>;

const pauseMilliseconds = 500;
const answerMilliseconds = 10_000;
const shownOutputBytes = 4096;
const shownExitCodeBytes = 16;

/** Lets the owner's application loose on a restored database, and judges by what it answers or how it ends. */
export async function checkApplication(
  run: RestoredRun,
  application: Application,
  database: string,
): Promise<Checked> {
  const folder = run.application;
  if (folder === undefined)
    return {
      outcome: 'Undecided',
      detail: 'an application runs in the pod of a drill: it needs a cluster',
    };
  await openGate(folder, databaseUrl(run.connection, database));
  const checked = await watch(run, application, folder);
  if (checked.outcome !== 'Passed') await logOutput(run, folder);
  return checked;
}

/** As libpq reads it, and whoever reads URLs: the folder of the socket and the user are no part of what comes first. */
function databaseUrl({ host, port, user }: Connection, database: string): string {
  const query = new URLSearchParams({ host, port: String(port), user });
  return `postgresql:///${encodeURIComponent(database)}?${query.toString()}`;
}

async function openGate(folder: string, url: string): Promise<void> {
  const made = join(folder, `${gateFiles.go}.new`);
  await writeFile(made, `${url}\n`);
  await rename(made, join(folder, gateFiles.go));
}

async function watch(
  { clock, signal }: RestoredRun,
  { http, timeoutSeconds }: Application,
  folder: string,
): Promise<Checked> {
  const start = clock.monotonic();
  let last = 'it did not answer';
  const passed = (how: string): Checked => ({
    outcome: 'Passed',
    detail: `${how} after ${((clock.monotonic() - start) / 1000).toFixed(1)} s`,
  });
  while (clock.monotonic() - start < timeoutSeconds * 1000) {
    if (http !== undefined) {
      const answer = await ask(http, signal);
      if (answer.good) return passed(`it ${answer.words}`);
      last = `it ${answer.words}`;
    }
    const code = await exitCode(folder);
    if (code !== undefined)
      return code === 0 && http === undefined
        ? passed('it ended with exit code 0')
        : { outcome: 'Failed', detail: `it ended with exit code ${String(code)}` };
    await clock.sleep(pauseMilliseconds, signal);
  }
  return await overdue(folder, http === undefined ? 'it did not end' : last, timeoutSeconds);
}

async function overdue(folder: string, words: string, seconds: number): Promise<Checked> {
  const within = `within ${String(seconds)} s`;
  if (await exists(join(folder, gateFiles.output)))
    return { outcome: 'Failed', detail: `${words} ${within}` };
  return {
    outcome: 'Undecided',
    detail: `its container did not start ${within}: look at the events of the pod, or raise application.timeoutSeconds`,
  };
}

interface Answer {
  readonly good: boolean;
  readonly words: string;
}

async function ask({ path, port }: NonNullable<Application['http']>, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]),
    });
    await response.body?.cancel();
    const good = response.status >= 200 && response.status < 400;
    return { good, words: `answered with status ${String(response.status)}` };
  } catch {
    return { good: false, words: 'did not answer' };
  }
}

/** Undefined: it has not ended. */
async function exitCode(folder: string): Promise<number | undefined> {
  const text = (await readEnd(join(folder, gateFiles.exitCode), shownExitCodeBytes)).trim();
  return text === '' ? undefined : Number(text);
}

/** The last bytes of a file that the application could have put there. What is no file is empty. */
async function readEnd(path: string, mostBytes: number): Promise<string> {
  await using file = await openRegularFile(path);
  if (file === undefined) return '';
  const position = Math.max(0, (await file.stat()).size - mostBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(mostBytes), 0, mostBytes, position);
  return buffer.toString('utf8', 0, bytesRead);
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** What it wrote may hold values: it goes to the log of the worker, and not into evidence. */
async function logOutput({ logger }: RestoredRun, folder: string): Promise<void> {
  const output = await readEnd(join(folder, gateFiles.output), shownOutputBytes);
  logger.warn({ output }, 'the application said');
}
