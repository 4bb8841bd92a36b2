import type { Environment } from './environment.ts';
import { readKeyFolder, readNamedFolders, readSecretEnvironment } from './secret-flags.ts';
import type { GivenSecret, SecretKeys } from './secret-document.ts';

export interface SecretFlags {
  /** `NAME=FOLDER`, a folder with one file for each key. */
  readonly secret: readonly string[];
  /** `DIR` with `<name>/<key>`. */
  readonly secretsDir: readonly string[];
  /** `NAME:KEY=VARIABLE`. */
  readonly secretEnv: readonly string[];
}

export interface Secrets {
  /** The keys of a Secret; undefined where nothing gives it. */
  find(namespace: string, name: string): SecretKeys | undefined;
}

/**
 * Secrets of files and of flags. Flags name no namespace: they count in each. Where several give the same Secret its
 * keys come together; of one key the environment wins, then --secret, --secrets-dir, and the document.
 */
export async function collectSecrets(
  documents: readonly GivenSecret[],
  flags: SecretFlags,
  environment: Environment,
): Promise<Secrets> {
  const folders = await Promise.all(flags.secretsDir.map(readNamedFolders));
  const named = await Promise.all(flags.secret.map(readKeyFolder));
  const variables = flags.secretEnv.map((flag) => readSecretEnvironment(flag, environment));
  const fromFlags = [...folders.flat(), ...named, ...variables];
  return {
    find(namespace, name) {
      const sources = [
        ...documents.filter((secret) => secret.namespace === namespace && secret.name === name),
        ...fromFlags.filter((secret) => secret.name === name),
      ];
      if (sources.length === 0) return undefined;
      return new Map(sources.flatMap(({ keys }) => [...keys]));
    },
  };
}
