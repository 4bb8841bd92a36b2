import { setTimeout as sleep } from 'node:timers/promises';
import type { CompletedPart } from '@aws-sdk/client-s3';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Failure } from '../domain/failure.ts';
import { answerOf } from './s3-answer.ts';
import type { S3Context } from './s3-context.ts';
import { faultOf, notS3 } from './s3-context.ts';
import type { S3Write } from './s3-write.ts';
import { md5Field, objectFields, sendIfAbsent, stored } from './s3-write.ts';
import type { ObjectInfo } from './store.ts';
import { ObjectExists } from './store.ts';

/** An upload that its store knows of. Ends by completeUpload() or abortUpload(). */
export interface Upload {
  readonly write: S3Write;
  readonly id: string;
}

/** Not stopped by the signal: an upload that is begun without our learning its name could not be removed. */
export async function beginUpload(context: S3Context, write: S3Write): Promise<Upload> {
  try {
    const command = new CreateMultipartUploadCommand(objectFields(context, write));
    const { UploadId } = await context.client.send(command);
    if (UploadId === undefined) throw notS3(context);
    return { write, id: UploadId };
  } catch (error) {
    throw faultOf(context, error, { operation: 'CreateMultipartUpload', key: write.fullKey });
  }
}

/** Sends part `number` (from 1). */
export async function uploadPart(
  context: S3Context,
  upload: Upload,
  number: number,
  data: Buffer,
  signal: AbortSignal,
): Promise<CompletedPart> {
  const key = upload.write.fullKey;
  try {
    const command = new UploadPartCommand({
      Bucket: context.bucket,
      Key: key,
      UploadId: upload.id,
      PartNumber: number,
      Body: data,
      ContentLength: data.length,
      ...md5Field(context, data),
    });
    const { ETag, ChecksumCRC32 } = await context.client.send(command, { abortSignal: signal });
    if (ETag === undefined) throw new Error('the answer names no ETag');
    return { PartNumber: number, ETag, ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }) };
  } catch (error) {
    if (number > 1 && !signal.aborted && answerOf(error).code === 'InvalidArgument')
      throw tooManyParts(context, upload, number - 1, data.length);
    throw faultOf(context, error, { operation: 'UploadPart', key, signal });
  }
}

/** `parts` parts of `partBytes` are not enough. */
export function tooManyParts(context: S3Context, upload: Upload, parts: number, partBytes: number): Failure {
  const MiB = 1024 * 1024;
  const size = Math.ceil(partBytes / MiB);
  return new Failure(
    'ObjectTooLarge',
    `${context.bucket}/${upload.write.fullKey} is larger than ${parts} parts of ${size} MiB, the most that ` +
      `${context.place.endpoint} takes: raise s3.partSizeBytes to ${size * 4 * MiB} or more, and the worker's ` +
      `memory limit to ${size * 8 + 256}Mi; nothing was kept`,
  );
}

/**
 * Makes the object visible. Not aborted half-way: what is visible is then known. An answer that was lost is no
 * failure when the object is there, whole and ours.
 */
export async function completeUpload(
  context: S3Context,
  upload: Upload,
  parts: readonly CompletedPart[],
  bytes: number,
): Promise<ObjectInfo> {
  const { write } = upload;
  write.options.signal?.throwIfAborted();
  const send = (condition: { IfNoneMatch?: string }): Promise<unknown> =>
    context.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: context.bucket,
        Key: write.fullKey,
        UploadId: upload.id,
        MultipartUpload: { Parts: [...parts] },
        ...condition,
      }),
    );
  try {
    if (write.options.ifAbsent === true) await sendIfAbsent(context, write, send);
    else await send({});
  } catch (error) {
    if (error instanceof ObjectExists) throw error;
    const there = await stored(context, write).catch(() => undefined);
    if (there === undefined || there.ours === false || there.bytes !== bytes)
      throw faultOf(context, error, { operation: 'CompleteMultipartUpload', key: write.fullKey });
  }
  return confirm(context, write, bytes);
}

async function confirm(context: S3Context, write: S3Write, bytes: number): Promise<ObjectInfo> {
  const there = await stored(context, write).catch((error: unknown) => {
    throw faultOf(context, error, { operation: 'HeadObject', key: write.fullKey });
  });
  if (there?.bytes !== bytes) {
    const found = there === undefined ? 'does not show it' : `shows ${there.bytes} bytes`;
    throw new Failure(
      'StoreFailed',
      `${context.place.endpoint} took ${bytes} bytes as ${context.bucket}/${write.fullKey}, but ${found}`,
    );
  }
  return { key: write.key, bytes, modified: there.modified };
}

/** Milliseconds to wait before each further look: a part whose request was cut may be whole at the store. */
const settling = [0, 250, 1000] as const;

/**
 * Removes an upload and its parts. Parts that were on their way can come in after an abort, and bring the upload back
 * with them, so the store is asked again, and at intervals where `cut` says that requests were cut. Resolves with what
 * stands in the way, if anything does. Never throws.
 */
export async function abortUpload(
  context: S3Context,
  key: string,
  id: string,
  { cut }: { readonly cut: boolean },
): Promise<Failure | undefined> {
  let left: Failure | undefined;
  for (const milliseconds of cut ? settling : settling.slice(0, 1)) {
    if (milliseconds > 0) await sleep(milliseconds);
    left = await abortNow(context, { Bucket: context.bucket, Key: key, UploadId: id });
  }
  return left;
}

const abortRounds = 5;

async function abortNow(
  context: S3Context,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
): Promise<Failure | undefined> {
  let operation = 'AbortMultipartUpload';
  try {
    for (let round = 0; round < abortRounds; round += 1) {
      operation = 'AbortMultipartUpload';
      await context.client.send(new AbortMultipartUploadCommand(upload));
      operation = 'ListParts';
      const { Parts } = await context.client.send(new ListPartsCommand(upload));
      if ((Parts ?? []).length === 0) return undefined;
    }
    const what = `${context.bucket}/${upload.Key} still has parts after ${abortRounds} aborts`;
    return new Failure('StoreFailed', what);
  } catch (error) {
    // Gone is what was asked for; who may abort but not list has aborted.
    if (answerOf(error).code === 'NoSuchUpload' || operation === 'ListParts') return undefined;
    const fault = faultOf(context, error, { operation, key: upload.Key });
    return fault instanceof Failure ? fault : undefined;
  }
}
