import type { Scrubber } from '../../base/redact.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { renderEvidencePage } from '../../domain/evidence-page/page.ts';
import { Failure } from '../../domain/failure.ts';
import { evidenceNames, evidenceRunFolder } from '../../domain/layout.ts';
import { ObjectExists } from '../../storage/store.ts';
import { digestOf } from '../../stream/digest.ts';
import { evidenceDocumentFile, evidenceEnvelopeFile } from '../../stream/evidence-file.ts';
import { PublicationUnknown } from '../finish.ts';
import { readSmall } from '../store-text.ts';
import type { Workspace } from '../workspace.ts';
import type { ChainPlace, KnownEvidence } from './evidence/chain.ts';
import { findPlace } from './evidence/chain.ts';
import type { StoredEvidence } from './evidence/find.ts';
import { findEvidence } from './evidence/find.ts';

export { factsOfEvidence } from './evidence/facts.ts';
export { findEvidence } from './evidence/find.ts';
export type { StoredEvidence } from './evidence/find.ts';

/** Evidence without what the repository knows: its place in the chain of the drill. */
export type EvidenceDraft = Omit<Evidence, keyof ChainPlace>;

/**
 * Stores the evidence of a drill run: document and page, then the envelope, which makes it exist. Everything is read
 * back. `known`: the newest evidence of the drill that the operator knows of. Where an earlier attempt of the same run has left its evidence, that one stands and is returned. Throws
 * `Failure` EvidenceNotWritten, EvidenceInvalid (what lies there does not hold), or `PublicationUnknown` once the
 * envelope was sent and what became of it is not known.
 */
export async function writeEvidence(
  workspace: Workspace,
  draft: EvidenceDraft,
  known?: KnownEvidence,
): Promise<StoredEvidence> {
  const { drill, runId } = draft;
  const { logger } = workspace;
  const folder = evidenceRunFolder(drill, runId);
  const envelope = await orNotWritten(workspace, draft, async () => {
    const earlier = await findEvidence(workspace, drill, runId);
    if (earlier !== undefined) return earlier;
    const place = await findPlace(workspace, drill, runId, known);
    for (const { runId: other, fault } of place.chain.faults)
      logger.warn({ runId: other, fault }, 'evidence of an earlier drill does not hold');
    return await writeFiles(workspace, folder, { ...scrubbed(draft, workspace.scrubber), ...place });
  });
  if (!Buffer.isBuffer(envelope)) {
    logger.info({ runId, digest: envelope.digest }, 'an earlier attempt of this drill left its evidence');
    return envelope;
  }
  try {
    return await publishEnvelope(workspace, draft, envelope);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'EvidenceInvalid') throw error;
    throw new PublicationUnknown('after the envelope was sent', { cause: error });
  }
}

/** Writes document and page, reads them back, and returns the envelope that is still to be written. */
async function writeFiles(workspace: Workspace, folder: string, evidence: Evidence): Promise<Buffer> {
  const document = evidenceDocumentFile(evidence);
  const page = Buffer.from(renderEvidencePage(evidence));
  await putAndCompare(workspace, `${folder}${evidenceNames.document}`, document);
  await putAndCompare(workspace, `${folder}${evidenceNames.page}`, page);
  const digests = { document: digestOf(document).digest, page: digestOf(page).digest };
  return evidenceEnvelopeFile(evidence, digests, workspace.signingKey);
}

async function putAndCompare({ store, signal }: Workspace, key: string, file: Buffer): Promise<void> {
  await store.put(key, file, { signal });
  const found = await readSmall(store, key, signal);
  if (found !== undefined && found.equals(file)) return;
  throw new Failure(
    'EvidenceNotWritten',
    `${key} was written to ${store.location} and ${found === undefined ? 'is not there' : 'reads back with other bytes'}`,
  );
}

async function publishEnvelope(
  workspace: Workspace,
  { drill, runId }: EvidenceDraft,
  envelope: Buffer,
): Promise<StoredEvidence> {
  const { store, signal, logger } = workspace;
  const key = `${evidenceRunFolder(drill, runId)}${evidenceNames.envelope}`;
  signal.throwIfAborted();
  try {
    await store.put(key, envelope, { ifAbsent: true, signal });
  } catch (error) {
    if (!(error instanceof ObjectExists)) throw error;
    logger.warn({ key }, 'another attempt of this drill left its evidence in the meantime');
  }
  const stored = await findEvidence(workspace, drill, runId);
  if (stored === undefined)
    throw new Failure('EvidenceNotWritten', `${key} was written to ${store.location} and is not there`);
  logger.info({ runId, digest: stored.digest }, 'evidence written: the drill counts');
  return stored;
}

/** A store that fails before the envelope is sent leaves no evidence: said so, with its own words. */
async function orNotWritten<Result>(
  { signal }: Workspace,
  { verdict, runId }: EvidenceDraft,
  write: () => Promise<Result>,
): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Failure) || signal.aborted || error.reason.startsWith('Evidence')) throw error;
    throw new Failure(
      'EvidenceNotWritten',
      `drill ${runId} came to ${verdict}, but its evidence could not be stored: ${error.message}`,
      { cause: error },
    );
  }
}

/** Texts that may hold words of programs and servers are scrubbed as the log is. */
function scrubbed(draft: EvidenceDraft, scrubber: Scrubber): EvidenceDraft {
  const scrub = (text: string): string => scrubber.scrub(text);
  return {
    ...draft,
    summary: scrub(draft.summary),
    checks: draft.checks.map((check) => ({ ...check, detail: scrub(check.detail) })),
    controls: draft.controls.map((control) => ({ ...control, detail: scrub(control.detail) })),
    findings: draft.findings.map((finding) => ({ ...finding, reason: scrub(finding.reason) })),
  };
}
