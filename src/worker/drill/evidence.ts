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

interface EvidenceFile {
  readonly key: string;
  readonly bytes: Buffer;
}

interface Written {
  /** Document and page. */
  readonly files: readonly EvidenceFile[];
  readonly envelope: Buffer;
  /** What lay there of another attempt, and was written over. */
  readonly replaced: readonly EvidenceFile[];
}

/** So long another attempt of the same drill may take from its first file to its last. */
const patienceMilliseconds = 5_000;
const looks = 3;

/**
 * Stores the evidence of a drill run: document and page, then the envelope, which makes it exist. Everything is read
 * back. `known`: the newest evidence of the drill that the operator knows of. Where another attempt of the same run
 * has left its evidence, that one stands and is returned. Throws `Failure` EvidenceNotWritten, EvidenceInvalid (what
 * lies there does not hold), or `PublicationUnknown` once the envelope was sent and what became of it is not known.
 */
export async function writeEvidence(
  workspace: Workspace,
  draft: EvidenceDraft,
  known?: KnownEvidence,
): Promise<StoredEvidence> {
  const written = await orNotWritten(workspace, draft, () => writeUnlessThere(workspace, draft, known));
  if (!('envelope' in written)) {
    const { evidence, digest } = written;
    workspace.logger.info(
      { runId: evidence.runId, digest },
      'another attempt of this drill left its evidence',
    );
    return written;
  }
  try {
    return await publish(workspace, draft, written);
  } catch (error) {
    if (error instanceof Failure && error.reason === 'EvidenceInvalid') throw error;
    throw new PublicationUnknown('after the envelope was sent', { cause: error });
  }
}

/**
 * Writes document and page. Files without an envelope are of an attempt that was cut short, and are replaced; those
 * that appear meanwhile are of one that is at work, and that has the right of way for a while.
 */
async function writeUnlessThere(
  workspace: Workspace,
  draft: EvidenceDraft,
  known: KnownEvidence | undefined,
): Promise<StoredEvidence | Written> {
  const { drill, runId } = draft;
  const { logger, clock, signal } = workspace;
  let replaced: readonly EvidenceFile[] = [];
  for (let look = 1; ; look += 1) {
    const earlier = await findOrMend(workspace, draft, replaced);
    if (earlier !== undefined) return earlier;
    replaced = await filesThere(workspace, evidenceRunFolder(drill, runId));
    const place = await findPlace(workspace, draft, known);
    for (const { runId: other, fault } of place.chain.faults)
      logger.warn({ runId: other, fault }, 'evidence of an earlier drill does not hold');
    const written = filesOf(workspace, { ...scrubbed(draft, workspace.scrubber), ...place });
    try {
      await putAndCompare(workspace, written.files, replaced);
      return { ...written, replaced };
    } catch (error) {
      if (!(error instanceof WrittenOver || error instanceof ObjectExists) || look === looks) throw error;
      logger.warn({ err: error }, 'another attempt of this drill is writing its evidence');
      await clock.sleep(patienceMilliseconds, signal);
    }
  }
}

async function filesThere({ store, signal }: Workspace, folder: string): Promise<EvidenceFile[]> {
  const there: EvidenceFile[] = [];
  for (const name of [evidenceNames.document, evidenceNames.page]) {
    const bytes = await readSmall(store, `${folder}${name}`, signal);
    if (bytes !== undefined) there.push({ key: `${folder}${name}`, bytes });
  }
  return there;
}

function filesOf({ signingKey }: Workspace, evidence: Evidence): Pick<Written, 'files' | 'envelope'> {
  const folder = evidenceRunFolder(evidence.drill, evidence.runId);
  const document = evidenceDocumentFile(evidence);
  const page = Buffer.from(renderEvidencePage(evidence));
  const digests = { document: digestOf(document).digest, page: digestOf(page).digest };
  return {
    files: [
      { key: `${folder}${evidenceNames.document}`, bytes: document },
      { key: `${folder}${evidenceNames.page}`, bytes: page },
    ],
    envelope: evidenceEnvelopeFile(evidence, digests, signingKey),
  };
}

/** What was written is not what lies there: by a fault of the store, or by another attempt. */
class WrittenOver extends Failure {}

/** Writes over the files that are `known` to lie there. Throws `ObjectExists` where another is there, `WrittenOver`. */
async function putAndCompare(
  { store, signal }: Workspace,
  files: readonly EvidenceFile[],
  known: readonly EvidenceFile[],
): Promise<void> {
  for (const { key, bytes } of files) {
    const ifAbsent = !known.some((file) => file.key === key);
    await store.put(key, bytes, { ifAbsent, signal });
  }
  for (const { key, bytes } of files) {
    const found = await readSmall(store, key, signal);
    if (found?.equals(bytes) === true) continue;
    throw new WrittenOver(
      'EvidenceNotWritten',
      `${key} was written to ${store.location} and ${found === undefined ? 'is not there' : 'reads back with other bytes'}`,
    );
  }
}

async function publish(
  workspace: Workspace,
  draft: EvidenceDraft,
  { files, envelope, replaced }: Written,
): Promise<StoredEvidence> {
  const { store, signal, logger } = workspace;
  const { drill, runId } = draft;
  const key = `${evidenceRunFolder(drill, runId)}${evidenceNames.envelope}`;
  signal.throwIfAborted();
  let isOurs = true;
  try {
    await store.put(key, envelope, { ifAbsent: true, signal });
  } catch (error) {
    if (!(error instanceof ObjectExists)) throw error;
    isOurs = false;
    logger.warn({ key }, 'another attempt of this drill left its evidence in the meantime');
  }
  const stored = await findOrMend(workspace, draft, isOurs ? files : replaced);
  if (stored === undefined)
    throw new Failure('EvidenceNotWritten', `${key} was written to ${store.location} and is not there`);
  logger.info({ runId, digest: stored.digest }, 'evidence written: the drill counts');
  return stored;
}

/**
 * As `findEvidence`. Two attempts may have written over one another's files: whose envelope stands puts its files back,
 * and who finds that of the other puts back what it wrote over.
 */
async function findOrMend(
  workspace: Workspace,
  { drill, runId }: EvidenceDraft,
  files: readonly EvidenceFile[],
): Promise<StoredEvidence | undefined> {
  try {
    return await findEvidence(workspace, drill, runId);
  } catch (error) {
    if (!(error instanceof Failure && error.reason === 'EvidenceInvalid') || files.length === 0) throw error;
    workspace.logger.warn(
      { err: error },
      'the evidence does not hold; the files that were there are put back',
    );
    await putAndCompare(workspace, files, files);
    return await findEvidence(workspace, drill, runId);
  }
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
