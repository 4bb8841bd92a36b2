import type { Evidence } from '../../../domain/evidence.ts';
import { Failure } from '../../../domain/failure.ts';
import type { BackupName } from '../../../domain/layout.ts';
import { evidenceNames, evidenceRunFolder } from '../../../domain/layout.ts';
import { describeFaults } from '../../../stream/evidence-chain.ts';
import { checkEvidenceFiles } from '../../../stream/evidence-run.ts';
import { readSmall } from '../../store-text.ts';
import type { CatalogueSource } from '../../catalogue.ts';

/** Evidence that lies in the repository and was read back. */
export interface StoredEvidence {
  readonly evidence: Evidence;
  /** Its folder in the repository, below the prefix, without a slash at the end. */
  readonly path: string;
  /** Of evidence.dsse.json. */
  readonly digest: string;
  /** By the repository's key. */
  readonly signed: boolean;
}

/**
 * Reads the evidence of one drill run; undefined where it has none. Throws `Failure` EvidenceInvalid when what lies
 * there does not hold, is of another drill, or is not signed by the repository's key.
 */
export async function findEvidence(
  { store, signal, signingKey }: CatalogueSource,
  drill: BackupName,
  runId: string,
): Promise<StoredEvidence | undefined> {
  const folder = evidenceRunFolder(drill, runId);
  const read = (name: string): Promise<Buffer | undefined> => readSmall(store, `${folder}${name}`, signal);
  const envelope = await read(evidenceNames.envelope);
  if (envelope === undefined) return undefined;
  const [document, page] = [await read(evidenceNames.document), await read(evidenceNames.page)];
  const keys = signingKey === undefined ? [] : [signingKey];
  const checked = checkEvidenceFiles({ runId, drill }, { envelope, document, page }, keys);
  const { evidence, faults, digest, signature } = checked;
  if (evidence === undefined || faults.length > 0)
    throw new Failure(
      'EvidenceInvalid',
      `the evidence in ${folder} of ${store.location} does not hold: ${describeFaults(faults)}. Find out who else writes to the repository`,
    );
  return { evidence, path: folder.slice(0, -1), digest, signed: signature === 'Valid' };
}
