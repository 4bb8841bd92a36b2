import { randomBytes } from 'node:crypto';
import { GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import { Failure } from '../domain/failure.ts';
import type { S3Context } from './s3-context.ts';
import { bucketLockOf } from './s3-delete.ts';
import { abortUpload, beginUpload } from './s3-multipart.ts';
import { newWrite, putWhole } from './s3-write.ts';
import type { Store, StoreCapabilities } from './store.ts';
import { ObjectExists } from './store.ts';

/** Finds out what the store can do, by trying where trying leaves nothing behind. */
export async function capabilitiesOf(
  context: S3Context,
  store: Store,
  prefix: string,
): Promise<StoreCapabilities> {
  const key = `${prefix}capability-${randomBytes(8).toString('hex')}`;
  const [versioning, lock] = await Promise.all([bucketVersions(context), bucketLockOf(context)]);
  const objectLock = lock !== undefined;
  return {
    multipart: await canMultipart(context, `${key}-parts`),
    conditionalWrite: await canRefuse(context, store, `${key}-once`),
    versioning: versioning || objectLock,
    objectLock,
  };
}

async function bucketVersions(context: S3Context): Promise<boolean> {
  try {
    const { Status } = await context.client.send(new GetBucketVersioningCommand({ Bucket: context.bucket }));
    return Status === 'Enabled';
  } catch {
    return false;
  }
}

/** Throws the `Failure` that names the permission where the key may not: a store that does not know parts says so. */
async function canMultipart(context: S3Context, key: string): Promise<boolean> {
  try {
    const upload = await beginUpload(context, newWrite(context, key, { retain: false }));
    const left = await abortUpload(context, upload.write.fullKey, upload.id, { cut: false });
    if (left !== undefined) throw left;
    return true;
  } catch (error) {
    if (error instanceof Failure && error.reason === 'StoreAccessDenied') throw error;
    return false;
  }
}

/** Writes a key twice on the condition that it is new: a store that obeys refuses the second. */
async function canRefuse(context: S3Context, store: Store, key: string): Promise<boolean> {
  const write = newWrite(context, key, { retain: false, ifAbsent: true });
  try {
    await putWhole(context, write, Buffer.from('first'));
    return await putWhole(context, { ...write, mark: 'second' }, Buffer.from('second')).then(
      () => false,
      (error: unknown) => error instanceof ObjectExists,
    );
  } finally {
    // A lock may refuse it, which is no answer to the question asked here.
    await store.delete(key, { everyVersion: true }).catch(() => undefined);
  }
}
