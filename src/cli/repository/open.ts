import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { Store } from '../../storage/store.ts';
import { openStore, readStoreSecrets, secretValuesOf } from '../../storage/open.ts';
import type { VerifyingKey } from '../../stream/signing.ts';
import { parseSigningKey, parseVerifyingKey } from '../../stream/signing.ts';
import { workerPaths } from '../../task/paths.ts';
import { chooseOne } from '../input/choose.ts';
import { fileFault } from '../input/file-fault.ts';
import type { Input, InputFlags } from '../input/load.ts';
import { loadInput } from '../input/load.ts';
import type { Given } from '../input/objects.ts';
import { folderOfClaim, readVolumeFlag } from '../input/volume-flag.ts';
import { placeSecrets, repositoryNeeds } from '../root/secret-needs.ts';
import { makeTaskRoot } from '../root/task-root.ts';
import type { Surroundings } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';
import { s3Spec } from './s3-location.ts';

/** Flags that say which repository is read. */
export interface RepositoryFlags extends InputFlags {
  /** Name of a BackupRepository of the files. */
  readonly repository?: string;
  /** `s3://bucket/prefix` */
  readonly s3?: string;
  readonly endpoint?: string;
  readonly region?: string;
  /** PEM file; in the place of the signing key that the repository names. */
  readonly publicKey?: string;
  /** Refuses to go without the signing key that a repository of the files names. */
  readonly keyRequired?: boolean;
}

/** A repository that is open to be read; `signingKey` absent: signatures are not looked at. */
export interface OpenedRepository {
  readonly store: Store;
  readonly signingKey: VerifyingKey | undefined;
  readonly signal: AbortSignal;
}

/** Opens what the flags name for `work`, and closes it. Throws `UsageError`, or `Failure` of the store. */
export async function withRepository<Result>(
  flags: RepositoryFlags,
  surroundings: Surroundings,
  work: (repository: OpenedRepository) => Promise<Result>,
): Promise<Result> {
  const opened = await open(flags, surroundings);
  try {
    return await work(opened);
  } finally {
    await opened.store.close();
  }
}

async function open(flags: RepositoryFlags, surroundings: Surroundings): Promise<OpenedRepository> {
  const { signal } = surroundings;
  const given = flags.publicKey === undefined ? undefined : await readPublicKey(flags.publicKey);
  if (flags.file.length > 0) {
    if (flags.s3 !== undefined) throw new UsageError('give -f or --s3, not both');
    const input = await loadInput(flags, surroundings);
    const repository = chooseOne('BackupRepository', input.repositories, flags.repository, '--repository');
    const signingKey = given ?? signingKeyOf(input, repository, surroundings);
    if (signingKey === undefined && flags.keyRequired === true) refuseUnchecked(repository);
    return { store: await storeOf(input, repository, surroundings), signingKey, signal };
  }
  return { store: await storeOfFlags(flags, surroundings), signingKey: given, signal };
}

async function storeOf(
  input: Input,
  repository: Given<BackupRepositorySpec>,
  { scrubber }: Surroundings,
): Promise<Store> {
  const { spec, where } = repository;
  if (spec.volume !== undefined) {
    const field = ['spec', 'volume', 'claimName'];
    const folder = folderOfClaim(input.volumes, spec.volume.claimName, where(field));
    return openStore(spec, { volumeMount: resolve(folder) });
  }
  const needs = repositoryNeeds(spec).filter(({ folder }) => folder !== workerPaths.signing);
  const root = await makeTaskRoot({ secrets: placeSecrets(input.resolved, repository, needs) });
  try {
    const secrets = await readStoreSecrets(spec, root.path, workerPaths);
    for (const value of secretValuesOf(secrets)) scrubber.add(value);
    return openStore(spec, secrets);
  } finally {
    await root.remove();
  }
}

async function storeOfFlags(flags: RepositoryFlags, { environment }: Surroundings): Promise<Store> {
  const [volume, ...others] = flags.volume;
  if ((flags.s3 === undefined) === (volume === undefined) || others.length > 0)
    throw new UsageError('name one repository: -f FILE, --s3 s3://BUCKET/PREFIX, or --volume FOLDER');
  if (volume === undefined) return openStore(s3Spec(flags, environment), { s3: {} });
  const { folder } = await readVolumeFlag(volume);
  const spec = BackupRepositorySpec.parse({ volume: { claimName: 'folder' }, encryption: { none: {} } });
  return openStore(spec, { volumeMount: resolve(folder) });
}

/** The repository's own key, where its Secret is given. Reading goes without. */
function signingKeyOf(
  input: Input,
  { spec, namespace }: Given<BackupRepositorySpec>,
  { scrubber }: Surroundings,
): VerifyingKey | undefined {
  const ref = spec.signing?.keySecretRef;
  const value = ref === undefined ? undefined : input.resolved.find(namespace, ref.name)?.get(ref.key);
  if (value === undefined) return undefined;
  const pem = Buffer.from(value).toString('utf8');
  scrubber.add(pem);
  return parseSigningKey(pem);
}

/** What is checked without the key would pass for checked. */
function refuseUnchecked({ spec, where }: Given<BackupRepositorySpec>): void {
  const ref = spec.signing?.keySecretRef;
  if (ref === undefined) return;
  const field = ['spec', 'signing', 'keySecretRef'];
  throw new UsageError(
    `${where(field)}: ${field.join('.')}: runs and evidence are signed with key ${ref.key} of Secret ${ref.name}, which is not given: give that Secret, or --public-key FILE, or --skip-signatures to check all but signatures`,
  );
}

export async function readPublicKey(path: string): Promise<VerifyingKey> {
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`--public-key: ${path} cannot be read: ${fileFault(error)}`);
  });
  try {
    const key = parseVerifyingKey(pem);
    if (key.publicKey.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Said below, in the same words.
  }
  throw new UsageError(
    `--public-key: ${path} holds no Ed25519 key in PEM form, as \`openssl pkey -pubout\` writes it`,
  );
}
