import { Failure } from '../domain/failure.ts';
import { ArchiveDamaged } from '../stream/pg-archive/format.ts';

/** Any error as one that a person can act on. `signal`: aborted when the worker was asked to stop, or with a Failure. */
export function failureOf(error: unknown, signal: AbortSignal): Failure {
  if (signal.aborted && signal.reason instanceof Failure) return signal.reason;
  // Stopped while the manifest was on its way, it may have been published: only the store knows.
  if (signal.aborted) return new Failure('Interrupted', 'the worker was asked to stop before it was done');
  if (error instanceof Failure) return error;
  if (error instanceof ArchiveDamaged)
    return new Failure('DumpUndecodable', `the dump cannot be decoded: ${error.message}`, { cause: error });
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new Failure('Internal', what, { cause: error });
}
