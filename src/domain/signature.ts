import { z } from 'zod';
import { Manifest } from './manifest.ts';

/**
 * How a manifest is signed: an in-toto Statement v1, with every stored object as a subject, in a DSSE envelope. An
 * unsigned repository has the same envelope without signatures, so that there is one shape to read.
 */
export const manifestPayloadType = 'application/vnd.in-toto+json';
export const manifestPredicateType = 'https://pgcairn.dev/manifest/v1';
export const statementType = 'https://in-toto.io/Statement/v1';

export const Envelope = z.strictObject({
  payloadType: z.literal(manifestPayloadType),
  payload: z.base64(),
  signatures: z.array(
    z.strictObject({
      /** Fingerprint of the public key. Not authenticated: it only says which key to try. */
      keyid: z.string(),
      sig: z.base64(),
    }),
  ),
});
export type Envelope = z.infer<typeof Envelope>;

/** A file that a statement speaks of. */
export const StatementSubject = z.strictObject({
  name: z.string(),
  digest: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
});
export type StatementSubject = z.infer<typeof StatementSubject>;

/** `digest`: with its `sha256:` in front. */
export function statementSubject(name: string, digest: string): StatementSubject {
  return { name, digest: { sha256: digest.slice('sha256:'.length) } };
}

export const ManifestStatement = z.strictObject({
  _type: z.literal(statementType),
  subject: z.array(StatementSubject),
  predicateType: z.literal(manifestPredicateType),
  predicate: Manifest,
});
export type ManifestStatement = z.infer<typeof ManifestStatement>;

export function manifestStatement(manifest: Manifest): ManifestStatement {
  return {
    _type: statementType,
    subject: manifest.objects.map(({ path, stored }) => statementSubject(path, stored.digest)),
    predicateType: manifestPredicateType,
    predicate: manifest,
  };
}

/** DSSE pre-authentication encoding: the bytes that are signed. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const type = encoder.encode(payloadType);
  const head = encoder.encode(`DSSEv1 ${String(type.length)} ${payloadType} ${String(payload.length)} `);
  const encoded = new Uint8Array(head.length + payload.length);
  encoded.set(head);
  encoded.set(payload, head.length);
  return encoded;
}
