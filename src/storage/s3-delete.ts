import {
  DeleteObjectCommand,
  GetObjectLockConfigurationCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { Failure } from '../domain/failure.ts';
import { answerOf } from './s3-answer.ts';
import type { S3Context } from './s3-context.ts';
import { faultOf } from './s3-context.ts';

/** Object lock of a bucket. */
export interface BucketLock {
  /** Of objects that name no retention themselves; 0: none. */
  readonly defaultMilliseconds: number;
}

/** Undefined where objects of the bucket cannot be locked, and where the key may not ask. */
export async function bucketLockOf(context: S3Context): Promise<BucketLock | undefined> {
  try {
    const command = new GetObjectLockConfigurationCommand({ Bucket: context.bucket });
    const { ObjectLockConfiguration: lock } = await context.client.send(command);
    if (lock?.ObjectLockEnabled !== 'Enabled') return undefined;
    const { Days = 0, Years = 0 } = lock.Rule?.DefaultRetention ?? {};
    return { defaultMilliseconds: (Days + Years * 365) * 86_400_000 };
  } catch {
    return undefined;
  }
}

/**
 * Refuses while an object is locked. A store with versions would take a plain delete and only hide the object, which
 * looks like a deletion and frees nothing.
 */
export async function requireUnlocked(
  context: S3Context,
  key: string,
  lock: BucketLock | undefined,
): Promise<void> {
  const at = { Bucket: context.bucket, Key: key };
  const head = await context.client.send(new HeadObjectCommand(at)).catch(() => undefined);
  if (head === undefined) return;
  if (head.ObjectLockLegalHoldStatus === 'ON') throw locked(context, key, 'under a legal hold');
  // Not every store shows the bucket's own retention at its objects.
  const implied = new Date((head.LastModified?.getTime() ?? 0) + (lock?.defaultMilliseconds ?? 0));
  const until = head.ObjectLockRetainUntilDate ?? (await retentionOf(context, at)) ?? implied;
  if (until > context.now()) throw locked(context, key, `retained until ${until.toISOString()}`);
}

async function retentionOf(
  context: S3Context,
  at: { Bucket: string; Key: string },
): Promise<Date | undefined> {
  try {
    const { Retention } = await context.client.send(new GetObjectRetentionCommand(at));
    return Retention?.RetainUntilDate;
  } catch {
    return undefined;
  }
}

function locked(context: S3Context, key: string, how: string): Failure {
  return new Failure('StoreAccessDenied', `${context.bucket}/${key} cannot be deleted: it is ${how}`);
}

export async function deleteObject(context: S3Context, key: string): Promise<void> {
  try {
    await context.client.send(new DeleteObjectCommand({ Bucket: context.bucket, Key: key }));
  } catch (error) {
    if (answerOf(error).code === 'NoSuchKey') return;
    throw faultOf(context, error, { operation: 'DeleteObject', key });
  }
}

/** Deletes every version and marker of one key, as far as locks and permissions allow. */
export async function deleteVersions(context: S3Context, key: string): Promise<void> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker !== undefined) {
    const command: ListObjectVersionsCommand = new ListObjectVersionsCommand({
      Bucket: context.bucket,
      Prefix: key,
      ...marker,
    });
    const page = await context.client.send(command).catch(() => undefined);
    for (const { Key, VersionId } of [...(page?.Versions ?? []), ...(page?.DeleteMarkers ?? [])]) {
      if (Key !== key || VersionId === undefined) continue;
      const version = new DeleteObjectCommand({ Bucket: context.bucket, Key, VersionId });
      await context.client.send(version).catch(() => undefined);
    }
    const { NextKeyMarker, NextVersionIdMarker } = page ?? {};
    marker =
      page?.IsTruncated === true && NextKeyMarker === key && NextVersionIdMarker !== undefined
        ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker }
        : undefined;
  }
}
