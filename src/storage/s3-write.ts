import { createHash, randomBytes } from 'node:crypto';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { answerOf } from './s3-answer.ts';
import type { S3Context } from './s3-context.ts';
import { faultOf, notS3, withSignal } from './s3-context.ts';
import type { PutOptions } from './store.ts';
import { ObjectExists } from './store.ts';

const writeMark = 'pgcairn-write';

/** One write of one object: what its requests have in common. */
export interface S3Write {
  /** As the caller knows it. */
  readonly key: string;
  /** As the store knows it. */
  readonly fullKey: string;
  readonly options: PutOptions;
  /** Stored with the object: tells this write's object from another's when an answer was lost. */
  readonly mark: string;
}

export function newWrite(context: S3Context, key: string, options: PutOptions): S3Write {
  return { key, fullKey: context.prefix + key, options, mark: randomBytes(16).toString('hex') };
}

type ObjectFields = Pick<
  PutObjectCommandInput,
  | 'Bucket'
  | 'Key'
  | 'ContentType'
  | 'Metadata'
  | 'StorageClass'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
>;

/** What PutObject and CreateMultipartUpload say alike. */
export function objectFields(context: S3Context, write: S3Write): ObjectFields {
  const { objectLock, storageClass } = context.spec;
  const retained = objectLock !== undefined && write.options.retain !== false;
  return {
    Bucket: context.bucket,
    Key: write.fullKey,
    ContentType: 'application/octet-stream',
    Metadata: { [writeMark]: write.mark },
    ...(storageClass === undefined ? {} : { StorageClass: storageClass as 'STANDARD' }),
    ...(retained
      ? {
          ObjectLockMode: objectLock.mode === 'Compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
          ObjectLockRetainUntilDate: new Date(context.now().getTime() + objectLock.retainSeconds * 1000),
        }
      : {}),
  };
}

export function md5Field(context: S3Context, data: Uint8Array): { ContentMD5?: string } {
  return context.md5 ? { ContentMD5: createHash('md5').update(data).digest('base64') } : {};
}

/** Writes one object by one request. */
export async function putWhole(context: S3Context, write: S3Write, data: Uint8Array): Promise<void> {
  const { signal, ifAbsent } = write.options;
  const input = {
    ...objectFields(context, write),
    ...md5Field(context, data),
    Body: data,
    ContentLength: data.length,
  };
  async function send(condition: { IfNoneMatch?: string }): Promise<void> {
    const command = new PutObjectCommand({ ...input, ...condition });
    const { ETag } = await context.client.send(command, withSignal(signal));
    if (ETag === undefined) throw notS3(context);
  }
  try {
    if (ifAbsent === true) await sendIfAbsent(context, write, send);
    else await send({});
  } catch (error) {
    if (error instanceof ObjectExists) throw error;
    throw faultOf(context, error, { operation: 'PutObject', key: write.fullKey, signal });
  }
}

/**
 * Sends the request that makes an object visible, on the condition that there is none. A store that knows no
 * conditions is asked without one. Refused although the object carries our mark: an answer was lost, we wrote it.
 */
export async function sendIfAbsent(
  context: S3Context,
  write: S3Write,
  send: (condition: { IfNoneMatch?: string }) => Promise<unknown>,
): Promise<void> {
  try {
    await send({ IfNoneMatch: '*' });
  } catch (error) {
    const { status, code } = answerOf(error);
    if (status === 501 || code === 'NotImplemented') {
      await send({});
    } else if (status === 412 || code === 'ConditionalRequestConflict') {
      if ((await stored(context, write))?.ours !== true) throw new ObjectExists(write.key);
    } else {
      throw error;
    }
  }
}

interface Stored {
  readonly bytes: number;
  readonly modified: Date;
  /** Whether it is this write's; undefined where the store keeps no metadata. */
  readonly ours: boolean | undefined;
}

/** What lies under the key of a write now. */
export async function stored(context: S3Context, write: S3Write): Promise<Stored | undefined> {
  const command = new HeadObjectCommand({ Bucket: context.bucket, Key: write.fullKey });
  try {
    const head = await context.client.send(command);
    const mark = head.Metadata?.[writeMark];
    return {
      bytes: head.ContentLength ?? 0,
      modified: head.LastModified ?? context.now(),
      ours: mark === undefined ? undefined : mark === write.mark,
    };
  } catch (error) {
    if (answerOf(error).status === 404) return undefined;
    throw error;
  }
}
