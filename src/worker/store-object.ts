import type { Readable } from 'node:stream';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { Store } from '../storage/store.ts';
import { ageEncrypt } from '../stream/age-encrypt.ts';
import type { AgeRecipient } from '../stream/age-recipient.ts';
import type { Digest } from '../stream/digest.ts';
import { createDigester, digestThrough } from '../stream/digest.ts';
import type { Meter } from '../stream/meter.ts';
import type { DecodedArchive } from '../stream/pg-archive/decoder.ts';
import { ArchiveDecoder } from '../stream/pg-archive/decoder.ts';

export interface StoreObjectContext {
  readonly store: Store;
  readonly meter: Meter;
  readonly signal: AbortSignal;
  /** Empty: stored in the clear. */
  readonly recipients: readonly AgeRecipient[];
}

export interface ObjectToStore {
  readonly key: string;
  /** Must end only when it is whole, and be destroyed with an error otherwise. */
  readonly source: Readable;
  /** An upper guess; undefined: nobody knows. */
  readonly expectedBytes: number | undefined;
  /** Decode it as a pg_dump archive on its way. */
  readonly decode: boolean;
  readonly wrapInZstd: boolean;
}

export interface StoredObject {
  readonly plain: Digest;
  readonly stored: Digest;
  readonly decoded: DecodedArchive | undefined;
}

/**
 * Streams one object into the store: decode, compress, digest, encrypt, digest, put; one pass, bounded memory. The
 * store learns that the object is whole only after the source ended well, and the decoder too; whatever fails first
 * stops all, and is what is thrown. Nothing is visible in the store then.
 */
export async function storeObject(context: StoreObjectContext, object: ObjectToStore): Promise<StoredObject> {
  const { store, meter, recipients } = context;
  const plain = createDigester();
  const stored = createDigester();
  const decode = object.decode ? decodeThrough() : undefined;
  const body = digestThrough({
    update(data) {
      stored.update(data);
      meter.add(data.length);
    },
  });
  const stages = [
    ...(decode === undefined ? [] : [decode.stage]),
    ...(object.wrapInZstd ? [zstdStage()] : []),
    digestThrough(plain),
    ...(recipients.length === 0 ? [] : [await ageEncrypt(recipients)]),
    body,
  ];
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  let first: { readonly error: unknown } | undefined;
  const note = (error: unknown): void => {
    const cause: unknown = context.signal.aborted ? context.signal.reason : error;
    if (first === undefined || isConsequence(first.error)) first = { error: cause };
    stop.abort(first.error);
  };
  object.source.once('error', note);
  const flowing = pipeline([object.source, ...stages], { signal }).catch(note);
  const { expectedBytes } = object;
  const options = { signal, ...(expectedBytes === undefined ? {} : { expectedBytes }) };
  const putting = store.put(object.key, body, options).catch(note);
  await Promise.all([flowing, putting]);
  if (first !== undefined) throw (first as { error: unknown }).error;
  meter.finishObject();
  return { plain: plain.finish(), stored: stored.finish(), decoded: decode?.result() };
}

/**
 * A store that cannot go on lets go of the stream before it says why, and the stream calls that an abort or an early
 * close: it happened first, but it is not what happened.
 */
function isConsequence(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ABORT_ERR' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

interface DecodeStage {
  readonly stage: Transform;
  result(): DecodedArchive | undefined;
}

/** Passes the archive on while it is decoded; ends with an error where the archive is not whole. */
function decodeThrough(): DecodeStage {
  const decoder = new ArchiveDecoder();
  let decoded: DecodedArchive | undefined;
  const stage = new Transform({
    readableHighWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      this.push(chunk);
      decoder.write(chunk).then(() => done(), done);
    },
    flush(done) {
      decoder.finish().then((archive) => {
        decoded = archive;
        done();
      }, done);
    },
  });
  return { stage, result: () => decoded };
}

function zstdStage(): Transform {
  return createZstdCompress({
    chunkSize: 1 << 18,
    params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}
