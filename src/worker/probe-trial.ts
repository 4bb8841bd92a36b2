import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import { Failure } from '../domain/failure.ts';
import type { Store } from '../storage/store.ts';
import { digestOf, digestStream } from '../stream/digest.ts';

const MiB = 1024 * 1024;
export const probedBytes = 8 * MiB;
/** The smallest that S3 takes as a part that is not the last. */
const partBytes = 5 * MiB;

export interface Trial {
  readonly store: Store;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Ends with '/'; nobody else writes there. */
  readonly folder: string;
}

/** The object that the trial is made with. */
export interface TrialObject {
  readonly key: string;
  readonly body: Buffer;
}

/** Writes one object; nothing is left when it fails. */
export async function tryWrite(trial: Trial): Promise<{ object: TrialObject; milliseconds: number }> {
  const object = { key: `${trial.folder}object`, body: randomBytes(probedBytes) };
  const write = (body: Buffer): Promise<unknown> =>
    trial.store.put(object.key, body, { retain: false, signal: trial.signal });
  // A store that refuses may close the connection in the middle of a long body, and its words are lost.
  await write(object.body.subarray(0, 1));
  return { object, milliseconds: await timed(trial, () => write(object.body)) };
}

/** Reads it back as a whole and in part, comparing every byte. */
export async function tryRead(trial: Trial, { key, body }: TrialObject): Promise<number> {
  const milliseconds = await timed(trial, () => compare(trial, key, body));
  const range = { start: MiB + 1, end: MiB + 1000 };
  await compare(trial, key, body.subarray(range.start, range.end + 1), range);
  return milliseconds;
}

export async function tryList(trial: Trial, { key, body }: TrialObject): Promise<number> {
  const { store, folder } = trial;
  return timed(trial, async () => {
    for await (const object of store.list(folder))
      if (object.key === key && object.bytes === body.length) return;
    throw new Failure(
      'StoreFailed',
      `${key} was written to ${store.location}, but its list does not show it`,
    );
  });
}

export async function tryDelete(trial: Trial, { key }: TrialObject): Promise<number> {
  const { store } = trial;
  const milliseconds = await timed(trial, () => store.delete(key, { everyVersion: true }));
  if ((await store.head(key)) !== undefined)
    throw new Failure('StoreFailed', `${key} was deleted from ${store.location}, but is still there`);
  return milliseconds;
}

/** Writes an object of two parts, as backups are written, and reads it back. */
export async function tryParts(trial: Trial): Promise<void> {
  const { store, signal, folder } = trial;
  const key = `${folder}parts`;
  const body = randomBytes(partBytes + MiB);
  await store.put(key, Readable.from([body]), { retain: false, partBytes, signal });
  await compare(trial, key, body);
}

async function compare(
  { store, signal }: Trial,
  key: string,
  expected: Buffer,
  range: { start?: number; end?: number } = {},
): Promise<void> {
  const stream = await store.get(key, { signal, ...range });
  const read = stream === undefined ? undefined : await digestStream(stream);
  if (read?.digest !== digestOf(expected).digest) throw differs(store, key, read?.bytes, expected.length);
}

function differs(store: Store, key: string, read: number | undefined, written: number): Failure {
  const what =
    read === undefined ? 'is not there' : `came back as ${read} bytes that are not what was written`;
  return new Failure(
    'StoredBytesDiffer',
    `${written} bytes of ${key} were written to ${store.location}, but what was read back ${what}: do not trust this store`,
  );
}

async function timed({ clock, signal }: Trial, work: () => Promise<unknown>): Promise<number> {
  signal.throwIfAborted();
  const start = clock.monotonic();
  await work();
  return Math.round(clock.monotonic() - start);
}
