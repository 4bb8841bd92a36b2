import { createReadStream, createWriteStream } from 'node:fs';
import type { Transform } from 'node:stream';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { ManifestObject } from '../../domain/manifest.ts';
import { Failure } from '../../domain/failure.ts';
import { AgeUndecryptable, ageDecrypt } from '../../stream/age-decrypt.ts';
import { createDigester, digestThrough } from '../../stream/digest.ts';
import type { DrillContext } from './ledger.ts';
import { Refuted } from './ledger.ts';
import { largeReads, largeWrites, onVolume } from './volume.ts';

export interface ObjectToOpen {
  readonly object: ManifestObject;
  /** Its copy on the volume. */
  readonly copy: string;
  /** Absent: nothing is kept of what is in it. */
  readonly target?: string;
}

/**
 * Decrypts and unwraps one object whose stored digest holds, and compares what is in it. Throws `Refuted`, or
 * `Failure` IdentityInvalid where it was made for other identities.
 */
export async function openObject(
  { meter, signal }: Pick<DrillContext, 'meter' | 'signal'>,
  identities: readonly string[],
  { object, copy, target }: ObjectToOpen,
): Promise<void> {
  const digester = createDigester();
  const stages = [
    ...(object.encryption === 'age' ? [ageDecrypt(identities)] : []),
    digestThrough({
      update(data) {
        digester.update(data);
        meter.add(data.length);
      },
    }),
    ...unwrap(object),
  ];
  await onVolume(`object ${object.path} was opened`, () =>
    pipeline(
      [
        createReadStream(copy, largeReads),
        ...stages,
        target === undefined ? nowhere() : createWriteStream(target, largeWrites),
      ],
      {
        signal,
      },
    ),
  ).catch((error: unknown) => {
    throw openingFault(object, error);
  });
  const found = digester.finish();
  if (found.digest === object.plain.digest && found.bytes === object.plain.bytes) return;
  throw new Refuted(
    `object ${object.path} opens to ${String(found.bytes)} bytes with ${found.digest}; the manifest says ${String(object.plain.bytes)} bytes with ${object.plain.digest}`,
  );
}

/** Dumps of clients that cannot compress with zstd themselves are wrapped; their names say so. */
function unwrap({ path }: ManifestObject): Transform[] {
  const name = path.replace(/\.age$/, '');
  if (name.endsWith('.zst')) return [createZstdDecompress()];
  if (name.endsWith('.gz')) return [createGunzip()];
  return [];
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
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
