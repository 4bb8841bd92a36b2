import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { Failure } from '../domain/failure.ts';
import { answerOf } from './s3-answer.ts';
import type { S3Context } from './s3-context.ts';
import { faultOf, fullKey, withSignal } from './s3-context.ts';
import type { GetOptions, ObjectInfo } from './store.ts';

interface Range {
  readonly key: string;
  readonly start: number;
  readonly end: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Version of the bytes; a later request must get the same. */
  readonly etag?: string | undefined;
}

/** Without progress; each byte that arrives starts the count anew. */
const resumes = 4;

/** The bytes of one object, resumed by range where a connection breaks. Undefined when there is no such object. */
export async function openObject(
  context: S3Context,
  key: string,
  options: GetOptions,
): Promise<Readable | undefined> {
  const range = {
    key: fullKey(context, key),
    start: options.start ?? 0,
    end: options.end,
    signal: options.signal,
  };
  try {
    const first = await request(context, range);
    return Readable.from(bytesOf(context, { ...range, etag: first.ETag }, first), { objectMode: false });
  } catch (error) {
    const { status, code } = answerOf(error);
    if (code === 'NoSuchKey') return undefined;
    if (status === 416) return Readable.from([], { objectMode: false });
    throw faultOf(context, error, { operation: 'GetObject', ...range });
  }
}

function request(
  context: S3Context,
  { key, start, end, signal, etag }: Range,
): Promise<GetObjectCommandOutput> {
  const whole = start === 0 && end === undefined;
  const command = new GetObjectCommand({
    Bucket: context.bucket,
    Key: key,
    ...(whole ? {} : { Range: `bytes=${start}-${end ?? ''}` }),
    ...(etag === undefined ? {} : { IfMatch: etag }),
  });
  return context.client.send(command, withSignal(signal));
}

async function* bytesOf(
  context: S3Context,
  range: Range,
  first: GetObjectCommandOutput,
): AsyncGenerator<Uint8Array, void, undefined> {
  let answer: GetObjectCommandOutput | undefined = first;
  let due = first.ContentLength;
  let start = range.start;
  let tries = 0;
  for (;;) {
    let fault: unknown = new Error('the body ended early');
    try {
      answer ??= await request(context, { ...range, start });
      for await (const chunk of answer.Body as Readable as AsyncIterable<Uint8Array>) {
        start += chunk.length;
        if (due !== undefined) due -= chunk.length;
        tries = 0;
        yield chunk;
      }
      if (due === undefined || due <= 0) return;
    } catch (error) {
      fault = error;
    }
    answer = undefined;
    tries += 1;
    if (tries > resumes || isFinal(fault) || range.signal?.aborted === true)
      throw readFault(context, fault, range);
  }
}

/** The store has said no; asking again for the rest cannot help. */
function isFinal(error: unknown): boolean {
  const { status } = answerOf(error);
  return status !== undefined && status >= 400 && status < 500;
}

function readFault(context: S3Context, error: unknown, range: Range): unknown {
  if (answerOf(error).status === 412)
    return new Failure('StoredBytesDiffer', `${context.bucket}/${range.key} was replaced while it was read`);
  return faultOf(context, error, { operation: 'GetObject', key: range.key, signal: range.signal });
}

/** Size and time of one object. An absent bucket is a Failure, not an absent object. */
export async function headObject(context: S3Context, key: string): Promise<ObjectInfo | undefined> {
  const at = { Bucket: context.bucket, Key: fullKey(context, key) };
  try {
    const { ContentLength, LastModified } = await context.client.send(new HeadObjectCommand(at));
    return { key, bytes: ContentLength ?? 0, modified: LastModified ?? context.now() };
  } catch (error) {
    const { status } = answerOf(error);
    if (status === 404) await requireBucket(context);
    else if (status !== undefined && status < 500) throw await explain(context, at.Key, error);
    else throw faultOf(context, error, { operation: 'HeadObject', key: at.Key });
    return undefined;
  }
}

/** A HEAD has no body, so a 404 of the bucket looks like one of the key: asks again for something with a body. */
async function requireBucket(context: S3Context): Promise<void> {
  try {
    const at = { Bucket: context.bucket, Prefix: context.prefix, MaxKeys: 1 };
    await context.client.send(new ListObjectsV2Command(at));
  } catch (error) {
    // Who may not list is at least known to the store, and so is the bucket.
    if (answerOf(error).status === 403 && answerOf(error).code === 'AccessDenied') return;
    throw faultOf(context, error, { operation: 'ListObjectsV2' });
  }
}

/** A HEAD has no body, so the reason of a refusal is asked for by a GET of one byte. */
async function explain(context: S3Context, key: string, error: unknown): Promise<unknown> {
  try {
    await request(context, { key, start: 0, end: 0, signal: undefined });
    return faultOf(context, error, { operation: 'HeadObject', key });
  } catch (reason) {
    return faultOf(context, reason, { operation: 'HeadObject', key });
  }
}
