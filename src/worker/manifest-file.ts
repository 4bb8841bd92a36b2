import type { Manifest } from '../domain/manifest.ts';
import { Envelope, ManifestStatement, manifestStatement } from '../domain/signature.ts';
import { digestOf } from '../stream/digest.ts';
import type { SignatureState, SigningKey, VerifyingKey } from '../stream/signing.ts';
import { checkEnvelope, sealEnvelope } from '../stream/signing.ts';

/** manifest.json as bytes: one DSSE envelope, indented so that it reads well. */
export function manifestFile(manifest: Manifest, key: SigningKey | undefined): Buffer {
  const payload = Buffer.from(JSON.stringify(manifestStatement(manifest)));
  return Buffer.from(`${JSON.stringify(sealEnvelope(payload, key), undefined, 2)}\n`);
}

export type ReadManifest =
  | { readonly manifest: Manifest; readonly digest: string; readonly signed: boolean }
  | {
      readonly fault: string;
      /** What the file says all the same, where it can be read. Not to be believed. */
      readonly claimed?: Manifest;
      /** It is signed by another key, or not at all. */
      readonly foreign?: true;
    };

/** Reads manifest.json. `key`: the repository's own; where there is one, a manifest must be signed by it. */
export function parseManifestFile(file: Uint8Array, key: VerifyingKey | undefined): ReadManifest {
  const envelope = Envelope.safeParse(parseJson(Buffer.from(file)));
  if (!envelope.success) return { fault: 'it is not a DSSE envelope of an in-toto statement' };
  const signature = checkEnvelope(envelope.data, key);
  const statement = ManifestStatement.safeParse(parseJson(Buffer.from(envelope.data.payload, 'base64')));
  if (!statement.success) return { fault: 'its statement is not a manifest of this version' };
  const manifest = statement.data.predicate;
  if (key !== undefined && signature !== 'Valid')
    return {
      fault: signatureFaults[signature],
      claimed: manifest,
      ...(signature === 'Invalid' ? {} : { foreign: true }),
    };
  return { manifest, digest: digestOf(file).digest, signed: signature === 'Valid' };
}

const signatureFaults: Readonly<Record<Exclude<SignatureState, 'Valid'>, string>> = {
  Invalid: 'its signature does not hold',
  OtherKey: 'it is signed by another key than the one that signatures are checked by',
  Unsigned: 'it is not signed, and the repository has a signing key',
};

function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
