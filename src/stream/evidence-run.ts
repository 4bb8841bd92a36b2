import { Evidence } from '../domain/evidence.ts';
import type { EvidenceFault } from '../domain/evidence-chain.ts';
import type { EvidenceStatement } from '../domain/evidence-statement.ts';
import { EvidencePredicate, evidencePredicate } from '../domain/evidence-statement.ts';
import { evidenceNames } from '../domain/layout.ts';
import { digestOf } from './digest.ts';
import type { EvidencePlace, EvidenceSignature } from './evidence-file.ts';
import { parseJson, readEvidenceEnvelope } from './evidence-file.ts';
import type { VerifyingKey } from './signing.ts';

/** The three files of one drill run, as they lie in its folder. */
export interface EvidenceFiles {
  readonly envelope: Uint8Array;
  readonly document: Uint8Array | undefined;
  readonly page: Uint8Array | undefined;
}

/** What the files of one drill run are worth by themselves; without faults they are as they were written. */
export interface CheckedEvidence {
  readonly runId: string;
  /** Of evidence.dsse.json: what the next evidence repeats. */
  readonly digest: string;
  readonly signature: EvidenceSignature;
  /** Fingerprints of the keys that it says it is signed by. */
  readonly keyIds: readonly string[];
  /** What the envelope says. Not to be believed where there are faults. */
  readonly predicate?: EvidencePredicate;
  readonly evidence?: Evidence;
  readonly faults: readonly EvidenceFault[];
}

/** Checks the files of one drill run against one another and against `keys` (see readEvidenceEnvelope). */
export function checkEvidenceFiles(
  place: EvidencePlace,
  files: EvidenceFiles,
  keys: readonly VerifyingKey[],
): CheckedEvidence {
  const { statement, signature, keyIds, faults } = readEvidenceEnvelope(files.envelope, place, keys);
  const evidence =
    files.document === undefined ? undefined : Evidence.safeParse(parseJson(files.document)).data;
  return {
    runId: place.runId,
    digest: digestOf(files.envelope).digest,
    signature,
    keyIds,
    ...(statement === undefined ? {} : { predicate: statement.predicate }),
    ...(evidence === undefined ? {} : { evidence }),
    faults: [
      ...faults,
      ...(statement === undefined ? [] : digestFaults(files, statement)),
      ...documentFaults(files, evidence, statement?.predicate),
      ...(statement === undefined ? [] : signerFaults(evidence, keyIds)),
    ],
  };
}

function digestFaults(files: EvidenceFiles, { subject }: EvidenceStatement): EvidenceFault[] {
  const present = [
    [evidenceNames.document, files.document],
    [evidenceNames.page, files.page],
  ] as const;
  return present.flatMap(([name, file]): EvidenceFault[] => {
    if (file === undefined) return [{ kind: 'FileMissing', message: `${name} is missing` }];
    const found = digestOf(file).digest;
    const said = subject.find((one) => one.name === name)?.digest.sha256;
    if (found === `sha256:${said ?? ''}`) return [];
    const message =
      said === undefined
        ? `its envelope names no ${name}`
        : `${name} has ${found}; its envelope says sha256:${said}`;
    return [{ kind: 'DigestDiffers', message }];
  });
}

function documentFaults(
  files: EvidenceFiles,
  evidence: Evidence | undefined,
  predicate: EvidencePredicate | undefined,
): EvidenceFault[] {
  if (files.document === undefined) return [];
  if (evidence === undefined)
    return [
      {
        kind: 'DocumentUnreadable',
        message: `${evidenceNames.document} is not evidence of a version that this program knows`,
      },
    ];
  if (predicate === undefined) return [];
  const says = EvidencePredicate.parse(evidencePredicate(evidence));
  const differing = fieldsOf(EvidencePredicate.shape).filter(
    (field) => JSON.stringify(says[field]) !== JSON.stringify(predicate[field]),
  );
  return differing.map((field) => ({
    kind: 'DocumentDiffers',
    message: `${evidenceNames.document} has another ${field} than its envelope: ${shown(says[field])} and ${shown(predicate[field])}`,
  }));
}

/** A document that was to be signed shows that the signature of its envelope was taken away, without any key. */
function signerFaults(evidence: Evidence | undefined, keyIds: readonly string[]): EvidenceFault[] {
  const signer = evidence?.signedBy;
  if (signer === undefined || keyIds.includes(signer)) return [];
  const message = `${evidenceNames.document} says that its envelope is signed by ${signer}, which it is not`;
  return [{ kind: 'SignerDiffers', message }];
}

function fieldsOf<Shape extends object>(shape: Shape): readonly (keyof Shape & string)[] {
  return Object.keys(shape) as (keyof Shape & string)[];
}

function shown(value: unknown): string {
  return value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
}
