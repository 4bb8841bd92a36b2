import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { BackupName } from '../../domain/layout.ts';
import { evidenceFolder, evidenceNames, isRunId } from '../../domain/layout.ts';
import type { EvidenceVerification } from '../../stream/evidence-chain.ts';
import { verifyEvidenceChain } from '../../stream/evidence-chain.ts';
import type { VerifyingKey } from '../../stream/signing.ts';
import { readSmall } from '../../worker/store-text.ts';
import { fileFault } from '../input/file-fault.ts';
import { UsageError } from '../usage-error.ts';
import { readContents, titleOf } from './contents.ts';
import type { OpenedRepository } from './open.ts';

export interface VerifiedChain extends EvidenceVerification {
  /** `namespace/name` of the drill, or the folder that was looked at. */
  readonly drill: string;
}

type Files = ReadonlyMap<string, Uint8Array>;

/** Whether a chain may begin with what is there, without the evidence before it. */
interface Verifying {
  readonly key: VerifyingKey | undefined;
  readonly partial: boolean;
  /** Whose folder it is, where that is known. */
  readonly drill?: BackupName;
}

/** Verifies the evidence of every drill in a repository, or of one. */
export async function verifyStoredEvidence(
  repository: OpenedRepository,
  only: BackupName | undefined,
  partial: boolean,
): Promise<VerifiedChain[]> {
  const { evidence } = await readContents(repository);
  const drills = new Map(evidence.map(({ drill }) => [titleOf(drill), drill] as const));
  const chains: VerifiedChain[] = [];
  for (const [title, drill] of drills) {
    if (only !== undefined && title !== titleOf(only)) continue;
    const files = await readStored(repository, evidenceFolder(drill));
    chains.push(verified(title, files, { key: repository.signingKey, partial, drill }));
  }
  return chains;
}

async function readStored({ store, signal }: OpenedRepository, folder: string): Promise<Files> {
  const files = new Map<string, Uint8Array>();
  for await (const { key } of store.list(folder)) {
    const path = key.slice(folder.length);
    if (!isEvidence(path.split('/'))) continue;
    const file = await readSmall(store, key, signal);
    if (file !== undefined) files.set(path, file);
  }
  return files;
}

/**
 * Verifies the evidence that lies below a folder of this machine: that of one drill, or a copy of the folder `_drills`
 * of a repository, or of all of it.
 */
export async function verifyFolder(
  folder: string,
  options: Omit<Verifying, 'drill'>,
): Promise<VerifiedChain[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new UsageError(`${folder} cannot be read: ${fileFault(error)}`);
  });
  if (entries.some(({ parentPath, name }) => parentPath === folder && name === evidenceNames.envelope))
    throw new UsageError(
      `${folder} is one evidence: give the folder above it, with --partial if it holds no other`,
    );
  const chains = new Map<string, Map<string, Uint8Array>>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const parts = relative(folder, path).split('/');
    if (!entry.isFile() || !isEvidence(parts.slice(-2))) continue;
    const title = parts.slice(0, -2).join('/');
    const files = chains.get(title) ?? new Map<string, Uint8Array>();
    chains.set(title, files.set(parts.slice(-2).join('/'), await readFile(path)));
  }
  return [...chains]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([title, files]) => verified(title === '' ? folder : title, files, options));
}

function isEvidence([runId = '', name = '', ...more]: readonly string[]): boolean {
  return isRunId(runId) && more.length === 0 && (Object.values(evidenceNames) as string[]).includes(name);
}

function verified(title: string, files: Files, { key, partial, drill }: Verifying): VerifiedChain {
  const keys = key === undefined ? [] : [key];
  const of = drill === undefined ? {} : { drill };
  const whole = verifyEvidenceChain(files, keys, of);
  if (!partial) return { drill: title, ...whole };
  const numbers = whole.runs.flatMap(({ predicate }) =>
    predicate === undefined ? [] : [predicate.sequence],
  );
  return { drill: title, ...verifyEvidenceChain(files, keys, { ...of, first: Math.min(...numbers) }) };
}
