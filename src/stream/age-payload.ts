import type { CipherGCMTypes, KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';

/** age v1 payload: STREAM of ChaCha20-Poly1305, 64 KiB of plaintext a chunk (C2SP age, "Payload"). */
export const chunkBytes = 65_536;
export const tagBytes = 16;
export const payloadNonceBytes = 16;
// @types/node lists the GCM names only; chacha20-poly1305 takes the same options.
const algorithm = 'chacha20-poly1305' as CipherGCMTypes;
const options = { authTagLength: tagBytes };

export function payloadKey(fileKey: Uint8Array, payloadNonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, payloadNonce, 'payload', 32));
}

/** Nonce of one chunk: 11 bytes of big-endian counter, then 1 for the last chunk. */
function chunkNonce(counter: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** One chunk given in pieces, so that nothing is joined before it is encrypted. Returns the pieces and the tag. */
export function sealChunk(
  key: Uint8Array,
  counter: number,
  last: boolean,
  pieces: readonly Uint8Array[],
): Buffer[] {
  const cipher = createCipheriv(algorithm, key, chunkNonce(counter, last), options);
  const sealed = pieces.map((piece) => cipher.update(piece));
  cipher.final();
  sealed.push(cipher.getAuthTag());
  return sealed;
}

/**
 * Plaintext of one chunk (ciphertext and tag in one buffer), or undefined where it does not authenticate. A key that is
 * made once is not taken apart for each chunk.
 */
export function openChunk(
  key: KeyObject,
  counter: number,
  last: boolean,
  chunk: Uint8Array,
): Buffer | undefined {
  const decipher = createDecipheriv(algorithm, key, chunkNonce(counter, last), options);
  const end = chunk.length - tagBytes;
  decipher.setAuthTag(chunk.subarray(end));
  const plain = decipher.update(chunk.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return plain;
}
