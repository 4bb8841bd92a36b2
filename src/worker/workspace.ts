import { join } from 'node:path';
import type { BackupRepositorySpec } from '../api/v1alpha1/backup-repository.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Scrubber } from '../base/redact.ts';
import { Failure } from '../domain/failure.ts';
import { openStore, readStoreSecrets, secretValuesOf } from '../storage/open.ts';
import { requireSecret } from '../storage/secret-folder.ts';
import type { Store } from '../storage/store.ts';
import type { AgeRecipient } from '../stream/age-recipient.ts';
import { parseRecipient } from '../stream/age-recipient.ts';
import type { Meter } from '../stream/meter.ts';
import type { SigningKey } from '../stream/signing.ts';
import { parseSigningKey } from '../stream/signing.ts';
import { workerPaths } from '../task/paths.ts';
import type { Report } from '../task/report.ts';

/** What the surroundings give a worker. */
export interface WorkerSurroundings {
  /** See src/task/paths.ts. */
  readonly root: string;
  /** Version of this program, for the manifest. */
  readonly version: string;
  readonly logger: Logger;
  /** The one through which `logger` writes: every secret that is read is added to it. */
  readonly scrubber: Scrubber;
  readonly clock: Clock;
  readonly meter: Meter;
  /** Aborts when the worker is asked to stop. */
  readonly signal: AbortSignal;
  /** Folder with the client programs by major; absent: Debian's. */
  readonly clientRoot?: string;
  /** Present: the worker starts the server of a drill itself. Absent: it stands beside the worker, as in a pod. */
  readonly localServer?: LocalServer;
  /** Makes the report of a task known before the task ends, as that of a drill whose server is kept for a look. */
  readonly announce?: (report: Report) => Promise<void>;
}

/** Where programs of PostgreSQL servers are on this machine. */
export interface LocalServer {
  /** As PATH has it. */
  readonly searchPath: string;
  /** Folders with initdb and postgres, looked into before `searchPath`. */
  readonly programFolders: readonly string[];
}

/** A repository that is open to work with. */
export interface Workspace extends WorkerSurroundings {
  readonly store: Store;
  /** Empty: the repository says aloud that backups lie in the clear. */
  readonly recipients: readonly AgeRecipient[];
  readonly signingKey: SigningKey | undefined;
}

/** Reads the repository's Secrets and opens its store. Close the store when done. */
export async function openWorkspace(
  spec: BackupRepositorySpec,
  surroundings: WorkerSurroundings,
): Promise<Workspace> {
  const { root, scrubber } = surroundings;
  const recipients = (spec.encryption.age?.recipients ?? []).map(parseRecipient);
  if (recipients.length === 0 && spec.encryption.none === undefined)
    throw new Failure(
      'RecipientInvalid',
      'the repository names no age recipient: add one, or set encryption.none',
    );
  const signingKey =
    spec.signing === undefined ? undefined : await readSigningKey(spec.signing.keySecretRef, surroundings);
  const secrets = await readStoreSecrets(spec, root, workerPaths);
  for (const value of secretValuesOf(secrets)) scrubber.add(value);
  return { ...surroundings, recipients, signingKey, store: openStore(spec, secrets) };
}

async function readSigningKey(
  ref: { readonly name: string; readonly key: string },
  { root, scrubber }: WorkerSurroundings,
): Promise<SigningKey> {
  const keys = await requireSecret(
    join(root, workerPaths.signing),
    ref.name,
    'signing.keySecretRef',
    ref.key,
  );
  const pem = keys.get(ref.key);
  if (pem === undefined)
    throw new Failure(
      'SecretKeyMissing',
      `Secret ${ref.name} (signing.keySecretRef) has no key ${ref.key}: add it`,
    );
  scrubber.add(pem);
  try {
    return parseSigningKey(pem);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const where = `key ${ref.key} of Secret ${ref.name} (signing.keySecretRef)`;
    throw new Failure(error.reason, `${where}: ${error.message}`, { cause: error });
  }
}
