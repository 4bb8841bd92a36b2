import type { Readable } from 'node:stream';
import type { CompletedPart } from '@aws-sdk/client-s3';
import { Failure } from '../domain/failure.ts';
import { planParts } from './part-plan.ts';
import type { Part } from './parts.ts';
import { PartBuffers, splitIntoParts } from './parts.ts';
import type { S3Context } from './s3-context.ts';
import type { Upload } from './s3-multipart.ts';
import { abortUpload, beginUpload, completeUpload, tooManyParts, uploadPart } from './s3-multipart.ts';
import type { S3Write } from './s3-write.ts';
import { putWhole } from './s3-write.ts';
import type { ObjectInfo } from './store.ts';

/** Writes a stream: as one request when it fits into one part, else in parts. */
export async function putStream(context: S3Context, write: S3Write, body: Readable): Promise<ObjectInfo> {
  const { expectedBytes, partBytes = context.spec.partSizeBytes } = write.options;
  const plan = planParts(expectedBytes, partBytes);
  const buffers = new PartBuffers(plan.partBytes, plan.buffers);
  // Errors reach us through the iterator; one that comes after we have turned away must not end the process.
  body.on('error', () => undefined);
  const parts = splitIntoParts(body, buffers);
  try {
    const first = await untilAborted(nextPart(parts), write.options.signal);
    if (!first.last)
      return await putParts(context, write, { parts, first, buffers, maxParts: plan.maxParts });
    await putWhole(context, write, first.data);
    write.options.onProgress?.(first.data.length);
    return { key: write.key, bytes: first.data.length, modified: context.now() };
  } catch (error) {
    body.destroy();
    throw error;
  }
}

interface Source {
  readonly parts: AsyncGenerator<Part, void, undefined>;
  readonly first: Part;
  readonly buffers: PartBuffers;
  readonly maxParts: number;
}

async function putParts(context: S3Context, write: S3Write, source: Source): Promise<ObjectInfo> {
  const upload = await beginUpload(context, write);
  try {
    const { done, bytes } = await sendParts(context, upload, source);
    return await completeUpload(context, upload, done, bytes);
  } catch (error) {
    const left = await abortUpload(context, write.fullKey, upload.id, { cut: true });
    throw left === undefined ? error : withLeftovers(error, left);
  }
}

function withLeftovers(error: unknown, left: Failure): unknown {
  if (!(error instanceof Failure)) return error;
  const message = `${error.message}. The parts sent so far stay until a later run sweeps them: ${left.message}`;
  return new Failure(error.reason, message, { cause: error });
}

interface Sent {
  readonly done: readonly CompletedPart[];
  readonly bytes: number;
}

/** Resolves when every part has been taken; rejects with the first fault, when no part is on its way any more. */
async function sendParts(context: S3Context, upload: Upload, source: Source): Promise<Sent> {
  const { signal, onProgress } = upload.write.options;
  const stop = new AbortController();
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const sending: Promise<void>[] = [];
  const done: CompletedPart[] = [];
  let bytes = 0;
  let acknowledged = 0;

  async function send(part: Part, number: number): Promise<void> {
    const sent = part.data.length;
    try {
      done[number - 1] = await uploadPart(context, upload, number, part.data, stopped);
      acknowledged += sent;
      onProgress?.(acknowledged);
      source.buffers.release(part.buffer);
    } catch (error) {
      stop.abort(error);
    }
  }

  try {
    for (let part: Part | undefined = source.first; part !== undefined;) {
      if (sending.length >= source.maxParts)
        throw tooManyParts(context, upload, sending.length, part.data.length);
      bytes += part.data.length;
      sending.push(send(part, sending.length + 1));
      part = part.last ? undefined : await untilAborted(nextPart(source.parts), stopped);
    }
  } catch (error) {
    stop.abort(error);
  }
  await Promise.all(sending);
  stopped.throwIfAborted();
  return { done, bytes };
}

async function nextPart(parts: AsyncGenerator<Part, void, undefined>): Promise<Part> {
  const { value } = await parts.next();
  if (value === undefined) throw new Failure('Internal', 'a stream was read beyond its last part');
  return value;
}

/** Rejects with the signal's reason as soon as it aborts, whatever becomes of `promise`. */
async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
