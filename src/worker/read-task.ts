import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Failure } from '../domain/failure.ts';
import { Task } from '../task/task.ts';

/** Reads the task file. Throws `Failure` TaskInvalid that names the first faults. */
export async function readTask(path: string): Promise<Task> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Failure('TaskInvalid', `the task file ${path} cannot be read: ${(error as Error).message}`);
  });
  const task = Task.safeParse(parseJson(text));
  if (task.success) return task.data;
  throw new Failure('TaskInvalid', `the task does not fit this worker: ${z.prettifyError(task.error)}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
