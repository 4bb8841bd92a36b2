import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../domain/failure.ts';

/** The keys of a Secret that is mounted as a folder; empty where the folder is absent. */
export async function readSecretFolder(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder).catch(() => []);
  // Names that begin with two dots are the kubelet's own.
  const keys = names.filter((name) => !name.startsWith('..'));
  const values = await Promise.all(keys.map((key) => readFile(join(folder, key), 'utf8')));
  return new Map(keys.map((key, index) => [key, values[index] ?? '']));
}

/**
 * A Secret that a field of the spec names. `field` is the path of that field, for the message; `key` is given where
 * only that key is mounted, for then an absent key looks like an absent Secret.
 */
export async function requireSecret(
  folder: string,
  name: string,
  field: string,
  key?: string,
): Promise<ReadonlyMap<string, string>> {
  const keys = await readSecretFolder(folder);
  if (keys.size > 0) return keys;
  const what =
    key === undefined ? 'or is empty: create it' : `or has no key ${key}: create it, or add the key`;
  throw new Failure('SecretMissing', `Secret ${name} (${field}) does not exist ${what}`);
}
