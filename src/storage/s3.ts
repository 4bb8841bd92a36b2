import { Readable } from 'node:stream';
import type { S3Spec } from '../api/v1alpha1/backup-repository.ts';
import { folderPrefix } from './object-key.ts';
import { planParts } from './part-plan.ts';
import { capabilitiesOf } from './s3-capabilities.ts';
import type { S3Access, S3Patience } from './s3-client.ts';
import { endpointOf, isAws, makeClient } from './s3-client.ts';
import type { S3Context } from './s3-context.ts';
import { fullKey } from './s3-context.ts';
import type { BucketLock } from './s3-delete.ts';
import { bucketLockOf, deleteObject, deleteVersions, requireUnlocked } from './s3-delete.ts';
import { listObjects } from './s3-list.ts';
import { headObject, openObject } from './s3-read.ts';
import { putStream } from './s3-stream.ts';
import { sweepUploads } from './s3-sweep.ts';
import { newWrite, putWhole } from './s3-write.ts';
import { secretValuesOf } from './store-secrets.ts';
import type {
  DeleteOptions,
  GetOptions,
  ObjectInfo,
  PutOptions,
  Store,
  StoreCapabilities,
  SweepResult,
} from './store.ts';
import { ObjectExists } from './store.ts';

/** A bucket of S3 or of anything that speaks like it, below one prefix. */
export class S3Store implements Store {
  readonly location: string;
  readonly #context: S3Context;
  #lock: Promise<BucketLock | undefined> | undefined;

  constructor(spec: S3Spec, access: S3Access, patience: S3Patience = {}) {
    const prefix = folderPrefix(spec.prefix);
    this.#context = {
      client: makeClient(spec, access, patience),
      spec,
      bucket: spec.bucket,
      prefix,
      place: {
        bucket: spec.bucket,
        region: spec.region,
        endpoint: endpointOf(spec),
        credentialsSecret: spec.credentialsSecretRef?.name,
        storageClass: spec.storageClass,
        secrets: secretValuesOf({ s3: access }),
      },
      md5: spec.objectLock !== undefined && !isAws(spec),
      now: () => new Date(),
    };
    this.location = `s3://${spec.bucket}/${prefix} at ${endpointOf(spec)}`;
  }

  async put(key: string, body: Readable | Uint8Array, options: PutOptions = {}): Promise<ObjectInfo> {
    fullKey(this.#context, key);
    const write = newWrite(this.#context, key, options);
    try {
      options.signal?.throwIfAborted();
      if (options.ifAbsent === true && (await this.head(key)) !== undefined) throw new ObjectExists(key);
      return await (body instanceof Uint8Array
        ? this.#putBytes(write, body)
        : putStream(this.#context, write, body));
    } catch (error) {
      if (body instanceof Readable) body.destroy();
      throw error;
    }
  }

  async #putBytes(write: ReturnType<typeof newWrite>, body: Uint8Array): Promise<ObjectInfo> {
    const asked = write.options.partBytes ?? this.#context.spec.partSizeBytes;
    if (body.length > planParts(body.length, asked).partBytes)
      return putStream(this.#context, write, Readable.from([body]));
    await putWhole(this.#context, write, body);
    write.options.onProgress?.(body.length);
    return { key: write.key, bytes: body.length, modified: this.#context.now() };
  }

  get(key: string, options: GetOptions = {}): Promise<Readable | undefined> {
    return openObject(this.#context, key, options);
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return headObject(this.#context, key);
  }

  list(prefix: string): AsyncIterable<ObjectInfo> {
    return listObjects(this.#context, prefix);
  }

  async delete(key: string, options: DeleteOptions = {}): Promise<void> {
    const full = fullKey(this.#context, key);
    this.#lock ??= bucketLockOf(this.#context);
    const lock = await this.#lock;
    if (this.#context.spec.objectLock !== undefined || lock !== undefined)
      await requireUnlocked(this.#context, full, lock);
    await deleteObject(this.#context, full);
    if (options.everyVersion === true) await deleteVersions(this.#context, full);
  }

  sweep(prefix: string, before: Date): Promise<SweepResult> {
    return sweepUploads(this.#context, prefix, before);
  }

  capabilities(prefix: string): Promise<StoreCapabilities> {
    return capabilitiesOf(this.#context, this, prefix);
  }

  async close(): Promise<void> {
    this.#context.client.destroy();
    return Promise.resolve();
  }
}
