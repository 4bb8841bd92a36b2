import { z } from 'zod';
import type { Evidence } from './evidence.ts';
import { EvidencePast } from './evidence.ts';
import { evidenceNames } from './layout.ts';
import { manifestPayloadType, StatementSubject, statementSubject, statementType } from './signature.ts';

/**
 * How evidence is signed: an in-toto Statement v1 in a DSSE envelope, as a manifest is. Its subjects are the document
 * and the page; its predicate repeats what makes the chain, so that a chain can be followed through envelopes alone.
 */
export const evidencePredicateType = 'https://pgcairn.dev/evidence/v1';

/** What is signed begins with this, the length of the payload in bytes, and the payload; a blank between each. */
export const evidencePayloadPrefix = `DSSEv1 ${String(manifestPayloadType.length)} ${manifestPayloadType}`;

export const EvidencePredicate = z.strictObject({
  drill: z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() }),
  sequence: z.int().min(1),
  previous: z.strictObject({ runId: z.string(), digest: z.string() }).optional(),
  ...EvidencePast.shape,
});
export type EvidencePredicate = z.infer<typeof EvidencePredicate>;

export const EvidenceStatement = z.strictObject({
  _type: z.literal(statementType),
  subject: z.array(StatementSubject),
  predicateType: z.literal(evidencePredicateType),
  predicate: EvidencePredicate,
});
export type EvidenceStatement = z.infer<typeof EvidenceStatement>;

/** Digests of the two files as they lie in the store, each `sha256:` and 64 hexadecimal digits. */
export interface EvidenceDigests {
  readonly document: string;
  readonly page: string;
}

export function evidenceStatement(evidence: Evidence, digests: EvidenceDigests): EvidenceStatement {
  return {
    _type: statementType,
    subject: [
      statementSubject(evidenceNames.document, digests.document),
      statementSubject(evidenceNames.page, digests.page),
    ],
    predicateType: evidencePredicateType,
    predicate: evidencePredicate(evidence),
  };
}

/** What an envelope must repeat of its document. */
export function evidencePredicate(evidence: Evidence): EvidencePredicate {
  const { drill, sequence, previous } = evidence;
  return {
    drill,
    sequence,
    ...(previous === undefined ? {} : { previous }),
    ...pastOf(evidence),
  };
}

function pastOf({ runId, completionTime, verdict, measured }: Evidence): EvidencePast {
  const { recoveryTimeSeconds, recoveryPointSeconds } = measured;
  return {
    runId,
    completionTime,
    verdict,
    ...(recoveryTimeSeconds === undefined ? {} : { recoveryTimeSeconds }),
    ...(recoveryPointSeconds === undefined ? {} : { recoveryPointSeconds }),
  };
}
