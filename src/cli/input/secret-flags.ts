import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../usage-error.ts';
import type { Environment } from './environment.ts';
import { fileFault } from './file-fault.ts';
import type { SecretKeys } from './secret-document.ts';
import { isSecretKey } from './secret-document.ts';

interface NamedSecret {
  readonly name: string;
  readonly keys: SecretKeys;
}

const namePattern = '[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?';

/** `--secret NAME=FOLDER` */
export async function readKeyFolder(flag: string): Promise<NamedSecret> {
  const match = new RegExp(`^(${namePattern})=(.+)$`, 's').exec(flag);
  if (match === null)
    throw new UsageError('--secret must be NAME=FOLDER, with one file in FOLDER for each key');
  const [, name = '', folder = ''] = match;
  return { name, keys: await readKeys(folder, `--secret ${name}`) };
}

/** `--secrets-dir DIR` */
export async function readNamedFolders(folder: string): Promise<NamedSecret[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new UsageError(`--secrets-dir: ${folder} cannot be read: ${fileFault(error)}`);
  });
  const names = entries.map(({ name }) => name).filter((name) => !name.startsWith('.'));
  const secrets = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
      return isFolder ? [{ name, keys: await readKeys(path, '--secrets-dir') }] : [];
    }),
  );
  return secrets.flat();
}

/** `--secret-env NAME:KEY=VARIABLE`. Messages do not repeat what stands for the variable: it may be the value itself. */
export function readSecretEnvironment(flag: string, environment: Environment): NamedSecret {
  const match = new RegExp(`^(${namePattern}):([^=]+)=(.*)$`, 's').exec(flag);
  const [, name = '', key = '', variable = ''] = match ?? [];
  if (match === null || !isSecretKey(key) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
    throw new UsageError(
      '--secret-env must be NAME:KEY=VARIABLE, with the name of an environment variable, not its value',
    );
  const value = environment[variable];
  if (value === undefined)
    throw new UsageError(`--secret-env ${name}:${key}: the environment variable that it names is not set`);
  return { name, keys: new Map([[key, Buffer.from(value)]]) };
}

async function readKeys(folder: string, flag: string): Promise<SecretKeys> {
  try {
    const entries = (await readdir(folder)).filter((entry) => isSecretKey(entry));
    const files = await Promise.all(
      entries.map(async (entry) => {
        const path = join(folder, entry);
        return (await stat(path)).isFile() ? [[entry, await readFile(path)] as const] : [];
      }),
    );
    return new Map(files.flat());
  } catch (error) {
    throw new UsageError(`${flag}: ${folder} cannot be read: ${fileFault(error)}`, { cause: error });
  }
}
