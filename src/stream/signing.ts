import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { Failure } from '../domain/failure.ts';
import type { Envelope } from '../domain/signature.ts';
import { manifestPayloadType, preAuthenticationEncoding } from '../domain/signature.ts';

export interface VerifyingKey {
  readonly publicKey: KeyObject;
  /** `SHA256:` and the base64 digest, without padding, of the DER form (SPKI) of the public key. */
  readonly fingerprint: string;
}

export interface SigningKey extends VerifyingKey {
  readonly privateKey: KeyObject;
}

/** Reads an Ed25519 private key in PEM (PKCS #8). Throws `Failure` SigningKeyInvalid, which repeats none of it. */
export function parseSigningKey(pem: string): SigningKey {
  const privateKey = readPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519')
    throw new Failure(
      'SigningKeyInvalid',
      `the signing key is of type ${privateKey.asymmetricKeyType ?? 'unknown'}, not ed25519: make one with \`openssl genpkey -algorithm ed25519\``,
    );
  return { privateKey, ...verifyingKey(createPublicKey(privateKey)) };
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Failure(
      'SigningKeyInvalid',
      'the signing key is not a private key in PEM form without a passphrase: make one with `openssl genpkey -algorithm ed25519`',
    );
  }
}

export function parseVerifyingKey(pem: string): VerifyingKey {
  return verifyingKey(createPublicKey(pem));
}

function verifyingKey(publicKey: KeyObject): VerifyingKey {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const digest = createHash('sha256').update(spki).digest('base64').replace(/=+$/, '');
  return { publicKey, fingerprint: `SHA256:${digest}` };
}

/** Wraps a payload in a DSSE envelope; without a key the envelope has no signature. */
export function sealEnvelope(payload: Uint8Array, key: SigningKey | undefined): Envelope {
  const signatures =
    key === undefined
      ? []
      : [
          {
            keyid: key.fingerprint,
            sig: sign(
              undefined,
              preAuthenticationEncoding(manifestPayloadType, payload),
              key.privateKey,
            ).toString('base64'),
          },
        ];
  return { payloadType: manifestPayloadType, payload: Buffer.from(payload).toString('base64'), signatures };
}

/** Valid: signed by `key`. OtherKey: signed, but not with it. Invalid: says it is by `key`, and is not. */
export type SignatureState = 'Valid' | 'Invalid' | 'OtherKey' | 'Unsigned';

export function checkEnvelope(envelope: Envelope, key: VerifyingKey | undefined): SignatureState {
  if (envelope.signatures.length === 0) return 'Unsigned';
  const ours = envelope.signatures.filter(({ keyid }) => keyid === key?.fingerprint);
  if (key === undefined || ours.length === 0) return 'OtherKey';
  const encoded = preAuthenticationEncoding(envelope.payloadType, Buffer.from(envelope.payload, 'base64'));
  const valid = ours.every(({ sig }) =>
    verify(undefined, encoded, key.publicKey, Buffer.from(sig, 'base64')),
  );
  return valid ? 'Valid' : 'Invalid';
}
