import { Evidence } from '../domain/evidence.ts';
import type { EvidenceFault } from '../domain/evidence-chain.ts';
import type { EvidenceDigests } from '../domain/evidence-statement.ts';
import { EvidenceStatement, evidenceStatement } from '../domain/evidence-statement.ts';
import type { BackupName } from '../domain/layout.ts';
import { Envelope } from '../domain/signature.ts';
import type { SignatureState, SigningKey, VerifyingKey } from './signing.ts';
import { checkEnvelope, sealEnvelope } from './signing.ts';

/** evidence.json as bytes: fields in the order of the schema, indented by two. Throws where it is no evidence. */
export function evidenceDocumentFile(evidence: Evidence): Buffer {
  return indented(Evidence.parse(evidence));
}

/**
 * evidence.dsse.json as bytes. Envelope and payload are both indented, with one field a line, so that line tools
 * can check them.
 */
export function evidenceEnvelopeFile(
  evidence: Evidence,
  digests: EvidenceDigests,
  key: SigningKey | undefined,
): Buffer {
  return indented(sealEnvelope(indented(EvidenceStatement.parse(evidenceStatement(evidence, digests))), key));
}

function indented(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** NotChecked: there was no key to check it with. */
export type EvidenceSignature = SignatureState | 'NotChecked';

export interface ReadEnvelope {
  readonly statement?: EvidenceStatement;
  readonly signature: EvidenceSignature;
  /** Fingerprints of the keys that it says it is signed by. */
  readonly keyIds: readonly string[];
  readonly faults: readonly EvidenceFault[];
}

/** The folder that evidence lies in. */
export interface EvidencePlace {
  readonly runId: string;
  /** Absent: not known, as of a copy in any folder. */
  readonly drill?: BackupName;
}

/**
 * Reads evidence.dsse.json of the folder `place`. `keys`: any of them may have signed it; without any, a signature
 * is not looked at, and its absence is no fault.
 */
export function readEvidenceEnvelope(
  file: Uint8Array,
  place: EvidencePlace,
  keys: readonly VerifyingKey[],
): ReadEnvelope {
  const envelope = Envelope.safeParse(parseJson(file));
  if (!envelope.success) return unreadable('it is not a DSSE envelope of an in-toto statement');
  if (!Buffer.from(file).equals(indented(reencoded(envelope.data))))
    return unreadable('it is written in another form than pgcairn writes');
  const signature = signatureState(envelope.data, keys);
  const keyIds = envelope.data.signatures.map(({ keyid }) => keyid);
  const payload = Buffer.from(envelope.data.payload, 'base64');
  const statement = EvidenceStatement.safeParse(parseJson(payload));
  if (!statement.success || !payload.equals(indented(statement.data)))
    return { ...unreadable('its statement is not evidence of this version'), signature, keyIds };
  const faults = [...signatureFaults(signature, keyIds, keys), ...placeFaults(statement.data, place)];
  return { statement: statement.data, signature, keyIds, faults };
}

/** One key signs the evidence of all drills of a repository: a copy of another drill's would hold by itself. */
function placeFaults({ predicate }: EvidenceStatement, { runId, drill }: EvidencePlace): EvidenceFault[] {
  const nameOf = ({ namespace, name }: BackupName): string => `${namespace}/${name}`;
  return [
    ...(predicate.runId === runId ? [] : [[`run ${predicate.runId}`, runId]]),
    ...(drill === undefined || nameOf(predicate.drill) === nameOf(drill)
      ? []
      : [[`drill ${nameOf(predicate.drill)}`, nameOf(drill)]]),
  ].map(([of = '', folder = '']) => ({
    kind: 'FolderDiffers',
    message: `it is of ${of}, but lies in the folder of ${folder}`,
  }));
}

/** base64 can say the same in several ways: there is one that is right, so that no byte can change unseen. */
function reencoded({ payloadType, payload, signatures }: Envelope): Envelope {
  const again = (text: string): string => Buffer.from(text, 'base64').toString('base64');
  return {
    payloadType,
    payload: again(payload),
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: again(sig) })),
  };
}

function unreadable(message: string): ReadEnvelope {
  return { signature: 'NotChecked', keyIds: [], faults: [{ kind: 'EnvelopeUnreadable', message }] };
}

function signatureState(envelope: Envelope, keys: readonly VerifyingKey[]): EvidenceSignature {
  if (envelope.signatures.length === 0) return 'Unsigned';
  if (keys.length === 0) return 'NotChecked';
  const states = keys.map((key) => checkEnvelope(envelope, key));
  return (
    states.find((state) => state === 'Invalid') ?? states.find((state) => state === 'Valid') ?? 'OtherKey'
  );
}

function signatureFaults(
  signature: EvidenceSignature,
  keyIds: readonly string[],
  keys: readonly VerifyingKey[],
): EvidenceFault[] {
  if (keys.length === 0) return [];
  switch (signature) {
    case 'Invalid':
      return [{ kind: 'SignatureInvalid', message: 'its signature does not hold' }];
    case 'OtherKey':
      return [{ kind: 'OtherKey', message: `it is signed by another key: ${keyIds.join(', ')}` }];
    case 'Unsigned':
      return [
        { kind: 'Unsigned', message: 'it is not signed, and there is a key that it should be signed by' },
      ];
    case 'Valid':
    case 'NotChecked':
      return [];
  }
}

/** The value, or undefined where the bytes are no JSON. */
export function parseJson(file: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(file).toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
