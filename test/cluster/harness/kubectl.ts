import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { Cluster } from './cluster.ts';
import { readerFor } from './reader.ts';

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string } & Readonly<
    Record<string, unknown>
  >;
  readonly [field: string]: unknown;
}

export interface KubectlOptions {
  /** Standard input. */
  readonly input?: string;
  /** Default 60,000. */
  readonly timeoutMilliseconds?: number;
}

export interface WaitOptions {
  /** On a machine that is not busy; a busy one gets three times as much. */
  readonly timeoutSeconds: number;
  readonly intervalMilliseconds?: number;
  /** Added to the failure message: what was last seen. */
  readonly describe?: () => Promise<string>;
}

/** `kubectl` as a user runs it, against one cluster. */
export interface Kubectl {
  /** Standard output; throws with the command and its standard error when it fails. */
  run(args: readonly string[], options?: KubectlOptions): Promise<string>;
  /** The same without throwing. */
  try(args: readonly string[], options?: KubectlOptions): Promise<KubectlResult>;
  apply(...objects: readonly ManifestObject[]): Promise<void>;
  /** The object, or undefined when it does not exist. */
  get<T = Record<string, unknown>>(kind: string, name: string, namespace?: string): Promise<T | undefined>;
  list<T = Record<string, unknown>>(
    kind: string,
    namespace: string,
    selector?: string,
  ): Promise<readonly T[]>;
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  deleteNamespace(name: string): Promise<void>;
  /** Objects, Events and logs of a namespace, as files: for a test that failed. */
  collect(namespace: string, folder: string): Promise<void>;
}

export interface KubectlResult {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Label of namespaces made by tests: the process that made them, so that leftovers of a dead one can be told. */
const ownerLabel = 'pgcairn.dev/test-process';

export function kubectlFor(cluster: Cluster): Kubectl {
  const attempt = async (args: readonly string[], options: KubectlOptions = {}): Promise<KubectlResult> => {
    const result = await execa('kubectl', args, {
      env: cluster.env,
      timeout: options.timeoutMilliseconds ?? 60_000,
      reject: false,
      maxBuffer: 200_000_000,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
    const stderr = result.timedOut ? `${result.stderr}\n${result.shortMessage}` : result.stderr;
    return { ok: !result.failed, stdout: result.stdout, stderr };
  };
  const run = async (args: readonly string[], options?: KubectlOptions): Promise<string> => {
    const result = await attempt(args, options);
    if (!result.ok)
      throw new Error(`kubectl ${args.join(' ')}: ${result.stderr.trim() || result.stdout.trim()}`);
    return result.stdout;
  };
  const reader = readerFor(cluster);
  return {
    run,
    try: attempt,
    async apply(...objects) {
      await run(['apply', '-f', '-'], {
        input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
      });
    },
    async get<T>(kind: string, name: string, namespace?: string) {
      const known = await reader.kind(kind);
      if (known !== undefined) return (await reader.get(known, name, namespace)) as T | undefined;
      const where = namespace === undefined ? [] : ['-n', namespace];
      const text = await run(['get', kind, name, ...where, '--ignore-not-found', '-o', 'json']);
      return text.trim() === '' ? undefined : (JSON.parse(text) as T);
    },
    async list<T>(kind: string, namespace: string, selector?: string) {
      const kinds = await Promise.all(kind.split(',').map((one) => reader.kind(one)));
      if (kinds.every((known) => known !== undefined)) {
        const lists = await Promise.all(kinds.map((known) => reader.list(known, namespace, selector)));
        return lists.flat() as T[];
      }
      const chosen = selector === undefined ? [] : ['-l', selector];
      const text = await run(['get', kind, '-n', namespace, ...chosen, '-o', 'json']);
      return (JSON.parse(text) as { items: readonly T[] }).items;
    },
    async createNamespace(name, labels = {}) {
      await removeLeftovers(run);
      await run(['create', '-f', '-'], {
        input: JSON.stringify({
          apiVersion: 'v1',
          kind: 'Namespace',
          metadata: { name, labels: { ...labels, [ownerLabel]: String(process.pid) } },
        }),
      });
    },
    async deleteNamespace(name) {
      await run(['delete', 'namespace', name, '--ignore-not-found', '--timeout=400s'], {
        timeoutMilliseconds: 420_000,
      });
    },
    collect: (namespace, folder) => collect(attempt, namespace, folder),
  };
}

/** Polls until `condition` gives a value that is neither undefined nor false, and returns it. */
export async function waitFor<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  options: WaitOptions,
): Promise<T> {
  const patienceSeconds = options.timeoutSeconds * 3;
  const end = performance.now() + patienceSeconds * 1000;
  let problem = '';
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      problem = '';
    } catch (error) {
      problem = `; last error: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() > end) break;
    await sleep(options.intervalMilliseconds ?? 250);
  }
  const seen = options.describe === undefined ? '' : `; last seen: ${await options.describe()}`;
  throw new Error(`waited ${patienceSeconds} s for ${what}${problem}${seen}`);
}

/** Namespaces of test processes that no longer run, on this machine's own cluster. */
async function removeLeftovers(run: Kubectl['run']): Promise<void> {
  const columns = `jsonpath={range .items[*]}{.metadata.name} {.metadata.labels.pgcairn\\.dev/test-process}{"\\n"}{end}`;
  const text = await run(['get', 'namespaces', '-l', ownerLabel, '-o', columns]);
  for (const line of text.split('\n').filter((row) => row.trim() !== '')) {
    const [name, owner] = line.split(' ');
    if (name === undefined || processRuns(Number(owner))) continue;
    await run(['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
  }
}

function processRuns(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

async function collect(attempt: Kubectl['try'], namespace: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const kinds =
    'pods,jobs,deployments,statefulsets,services,persistentvolumeclaims,networkpolicies,leases,configmaps';
  const own = 'backuprepositories,postgresbackups,backupdrills';
  const reports: readonly (readonly [string, readonly string[]])[] = [
    ['events.txt', ['get', 'events', '-n', namespace, '--sort-by=.lastTimestamp']],
    ['objects.yaml', ['get', kinds, '-n', namespace, '-o', 'yaml']],
    ['pgcairn.yaml', ['get', own, '-n', namespace, '-o', 'yaml']],
    ['pods.txt', ['describe', 'pods', '-n', namespace]],
  ];
  for (const [file, args] of reports) await keep(attempt, join(folder, file), args);
  const pods = await attempt(['get', 'pods', '-n', namespace, '-o', 'jsonpath={.items[*].metadata.name}']);
  for (const pod of pods.stdout.split(' ').filter(Boolean)) {
    const logs = ['logs', '-n', namespace, pod, '--all-containers', '--prefix'];
    await keep(attempt, join(folder, `${pod}.log`), logs);
    await keep(attempt, join(folder, `${pod}.previous.log`), [...logs, '--previous']);
  }
}

async function keep(attempt: Kubectl['try'], file: string, args: readonly string[]): Promise<void> {
  const { ok, stdout } = await attempt(args);
  if (ok && stdout !== '') await writeFile(file, stdout);
}
