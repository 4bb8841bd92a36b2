import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { ManifestObject } from '../../domain/manifest.ts';
import { Failure } from '../../domain/failure.ts';
import { AgeUndecryptable, ageDecrypt } from '../../stream/age-decrypt.ts';
import { createDigester, digestThrough } from '../../stream/digest.ts';
import type { Meter } from '../../stream/meter.ts';
import type { Onlooker } from './fetch.ts';
import { Refuted } from './ledger.ts';
import { largeReads, largeWrites, nowhere, onVolume } from './volume.ts';

export interface ObjectToOpen {
  readonly object: ManifestObject;
  readonly identities: readonly string[];
  /** Absent: nothing is kept of what is in it. */
  readonly target?: string;
  readonly signal: AbortSignal;
}

/** An object that is being opened. */
export interface Opening extends Onlooker {
  /**
   * After the end: compares what is in the object with what the manifest says. Throws `Refuted`, or `Failure` IdentityInvalid where it
   * was made for other identities, DrillVolumeTooSmall.
   */
  finish(): Promise<void>;
}

/** Decrypts and unwraps one object. What comes out counts for nothing before its stored digest is found to hold. */
export function beginOpening({ object, identities, target, signal }: ObjectToOpen): Opening {
  const digester = createDigester();
  const digested = digestThrough(digester);
  const decrypted = object.encryption === 'age' ? [ageDecrypt(identities), digested] : [digested];
  const [first = digested] = decrypted;
  const sink = target === undefined ? nowhere() : createWriteStream(target, largeWrites);
  let fault: { readonly error: unknown } | undefined;
  const done = onVolume(`object ${object.path} was opened`, () =>
    pipeline([...decrypted, ...unwrap(object), sink], { signal }),
  ).catch((error: unknown) => {
    fault = { error };
  });
  return {
    write: async (data) => {
      if (fault !== undefined || first.write(data)) return;
      const waiting = new AbortController();
      const drained = once(first, 'drain', { signal: waiting.signal }).catch(() => undefined);
      await Promise.race([done, drained]);
      waiting.abort();
    },
    end: () => {
      if (fault === undefined) first.end();
    },
    finish: async () => {
      await done;
      if (fault !== undefined) throw openingFault(object, fault.error);
      const found = digester.finish();
      if (found.digest === object.plain.digest && found.bytes === object.plain.bytes) return;
      throw new Refuted(
        `object ${object.path} opens to ${String(found.bytes)} bytes with ${found.digest}; the manifest says ${String(object.plain.bytes)} bytes with ${object.plain.digest}`,
      );
    },
  };
}

/** Opens an object from its copy on the volume. Errors: as `Opening.finish`. */
export async function openCopy(copy: string, meter: Meter, toOpen: ObjectToOpen): Promise<void> {
  const opening = beginOpening(toOpen);
  for await (const data of createReadStream(copy, largeReads) as AsyncIterable<Buffer>) {
    await opening.write(data);
    meter.add(data.length);
  }
  opening.end();
  await opening.finish();
}

/** Whether an object is to be decompressed, too: that is done to nothing whose stored digest is not known to hold. */
export function isWrapped(object: ManifestObject): boolean {
  return wrapping(object) !== undefined;
}

/** Dumps of clients that cannot compress with zstd themselves are wrapped; their names say so. */
function wrapping({ path }: ManifestObject): 'zst' | 'gz' | undefined {
  const name = path.replace(/\.age$/, '');
  if (name.endsWith('.zst')) return 'zst';
  return name.endsWith('.gz') ? 'gz' : undefined;
}

function unwrap(object: ManifestObject): Transform[] {
  const how = wrapping(object);
  if (how === undefined) return [];
  return [how === 'zst' ? createZstdDecompress() : createGunzip()];
}

function openingFault({ path }: ManifestObject, error: unknown): unknown {
  if (error instanceof AgeUndecryptable) {
    if (error.noIdentityFits)
      return new Failure(
        'IdentityInvalid',
        `object ${path} was encrypted for other identities than the one of identitySecretRef`,
        { cause: error },
      );
    return new Refuted(`object ${path} does not open: ${error.message}`);
  }
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  if (code.startsWith('Z_') || code.startsWith('ZSTD_'))
    return new Refuted(`object ${path} does not decompress: ${(error as Error).message}`);
  return error;
}
