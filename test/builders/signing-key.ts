import { generateKeyPairSync } from 'node:crypto';
import type { SigningKey } from '../../src/stream/signing.ts';
import { parseSigningKey } from '../../src/stream/signing.ts';

/** A signing key that nobody else has. */
export function makeSigningKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  return parseSigningKey(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
}
