import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { checkEnvelope, parseSigningKey, parseVerifyingKey, sealEnvelope } from './signing.ts';

function pemOf(type: 'ed25519' | 'ed448'): { privatePem: string; publicPem: string } {
  const { privateKey, publicKey } =
    type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ed448');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
}

const { privatePem, publicPem } = pemOf('ed25519');
const key = parseSigningKey(privatePem);
const payload = Buffer.from('{"a":1}');

describe('an envelope', () => {
  const sealed = sealEnvelope(payload, key);

  test('is valid to its key, public or private, and to no other', () => {
    const other = parseSigningKey(pemOf('ed25519').privatePem);
    expect(checkEnvelope(sealed, key)).toBe('Valid');
    expect(checkEnvelope(sealed, parseVerifyingKey(publicPem))).toBe('Valid');
    expect(checkEnvelope(sealed, other)).toBe('OtherKey');
    expect(checkEnvelope(sealed, undefined)).toBe('OtherKey');
  });

  test('is invalid when its payload or its signature changed', () => {
    const changed = Buffer.from('{"a":2}').toString('base64');
    expect(checkEnvelope({ ...sealed, payload: changed }, key)).toBe('Invalid');
    const sig = Buffer.alloc(64).toString('base64');
    expect(checkEnvelope({ ...sealed, signatures: [{ keyid: key.fingerprint, sig }] }, key)).toBe('Invalid');
  });

  test('without a key has no signature', () => {
    expect(checkEnvelope(sealEnvelope(payload, undefined), key)).toBe('Unsigned');
  });
});

test('the fingerprint is that of the public key', () => {
  expect(key.fingerprint).toBe(parseVerifyingKey(publicPem).fingerprint);
  expect(key.fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
});

test.each([
  ['another kind of key', pemOf('ed448').privatePem, /ed448, not ed25519/],
  ['a public key', publicPem, /not a private key/],
  ['no key', 'hunter2-secret', /not a private key/],
])('%s is refused without repeating it', (_, pem, message) => {
  expect(() => parseSigningKey(pem)).toThrow(message);
  expect(() => parseSigningKey(pem)).toThrow(expect.objectContaining({ reason: 'SigningKeyInvalid' }));
  expect(() => parseSigningKey(pem)).not.toThrow(/hunter2/);
});
