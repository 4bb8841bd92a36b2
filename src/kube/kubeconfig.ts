import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Connection, ConnectionSource, TlsMaterial } from './connection.ts';

interface Cluster {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
  readonly 'proxy-url'?: string;
}
interface User {
  readonly token?: string;
  readonly tokenFile?: string;
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly username?: string;
  readonly exec?: object;
  readonly 'auth-provider'?: object;
}
interface Context {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}
interface KubeconfigFile {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { name: string; cluster?: Cluster | null }[] | null;
  readonly users?: readonly { name: string; user?: User | null }[] | null;
  readonly contexts?: readonly { name: string; context?: Context | null }[] | null;
}
/** An entry with the folder that its relative paths start from. */
interface Found<T> {
  readonly entry: T;
  readonly folder: string;
}

/**
 * A kubeconfig, as kubectl reads it: with several files the first that has an entry wins; relative paths start from
 * the file's folder. `context` absent: the current one. Plug-ins (`exec`, `auth-provider`) are refused.
 */
export function kubeconfigSource(paths: readonly string[], context?: string): ConnectionSource {
  return {
    async load(): Promise<Connection> {
      const files = await Promise.all(paths.map(readKubeconfig));
      return resolveContext(files, context);
    },
  };
}

async function readKubeconfig(path: string): Promise<Found<KubeconfigFile>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Error(`cannot read the kubeconfig ${path}`, { cause });
  });
  const parsed: unknown = parse(text);
  if (typeof parsed !== 'object' || parsed === null) {
    throw new Error(`the kubeconfig ${path} is empty or no YAML mapping`);
  }
  return { entry: parsed, folder: dirname(resolve(path)) };
}

async function resolveContext(
  files: readonly Found<KubeconfigFile>[],
  wanted: string | undefined,
): Promise<Connection> {
  const name = wanted ?? files.map((file) => file.entry['current-context']).find((value) => value);
  if (name === undefined) throw new Error('the kubeconfig names no current-context: choose a context');
  const context = find(files, (file) => file.contexts?.find((item) => item.name === name)?.context);
  if (context === undefined) throw new Error(`the kubeconfig has no context "${name}"`);
  const { cluster: clusterName = '', user: userName = '', namespace } = context.entry;
  const cluster = find(files, (file) => file.clusters?.find((item) => item.name === clusterName)?.cluster);
  if (cluster?.entry.server === undefined) {
    throw new Error(`the kubeconfig has no cluster "${clusterName}" with a server (context "${name}")`);
  }
  if (cluster.entry['proxy-url'] !== undefined) {
    throw new Error(`cluster "${clusterName}" of the kubeconfig uses proxy-url, which is not supported`);
  }
  const user = find(files, (file) => file.users?.find((item) => item.name === userName)?.user);
  if (user !== undefined) refusePlugIns(userName, user.entry);
  const bearerToken = user === undefined ? undefined : await tokenOf(user);
  return {
    server: cluster.entry.server.replace(/\/+$/, ''),
    tls: await tlsOf(cluster, user),
    ...(bearerToken === undefined ? {} : { bearerToken }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function find<T>(
  files: readonly Found<KubeconfigFile>[],
  pick: (file: KubeconfigFile) => T | null | undefined,
): Found<T> | undefined {
  for (const file of files) {
    const entry = pick(file.entry);
    if (entry !== undefined && entry !== null) return { entry, folder: file.folder };
  }
  return undefined;
}

function refusePlugIns(name: string, user: User): void {
  const feature =
    user.exec !== undefined
      ? 'an exec plug-in'
      : user['auth-provider'] !== undefined
        ? 'an auth-provider'
        : user.username !== undefined
          ? 'a user name and password'
          : undefined;
  if (feature === undefined) return;
  throw new Error(
    `user "${name}" of the kubeconfig logs in by ${feature}, which is not supported: ` +
      'use a token (`kubectl create token`), a tokenFile or a client certificate',
  );
}

async function tokenOf(user: Found<User>): Promise<string | undefined> {
  if (user.entry.tokenFile !== undefined) {
    return (await readFile(resolve(user.folder, user.entry.tokenFile), 'utf8')).trim();
  }
  return user.entry.token;
}

async function tlsOf(cluster: Found<Cluster>, user: Found<User> | undefined): Promise<TlsMaterial> {
  const ca = await pem(cluster, 'certificate-authority-data', 'certificate-authority');
  const certificate = user && (await pem(user, 'client-certificate-data', 'client-certificate'));
  const key = user && (await pem(user, 'client-key-data', 'client-key'));
  const serverName = cluster.entry['tls-server-name'];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(cluster.entry['insecure-skip-tls-verify'] === true ? { insecureSkipVerify: true } : {}),
  };
}

/** Inline base64 data win over a file, as in client-go. */
async function pem<T extends object>(
  found: Found<T>,
  dataField: keyof T,
  fileField: keyof T,
): Promise<string | undefined> {
  const data = found.entry[dataField];
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  const file = found.entry[fileField];
  if (typeof file !== 'string' || file === '') return undefined;
  return readFile(resolve(found.folder, file), 'utf8');
}
