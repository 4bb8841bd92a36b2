import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { postgresClients } from '../../scripts/tools/postgres.ts';
import { BackupRepositorySpec } from '../../src/api/v1alpha1/backup-repository.ts';
import { PostgresBackupSpec } from '../../src/api/v1alpha1/postgres-backup.ts';
import type { Clock } from '../../src/base/clock.ts';
import { createScrubber } from '../../src/base/redact.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import type { Meter } from '../../src/stream/meter.ts';
import { createMeter } from '../../src/stream/meter.ts';
import type { RunFacts } from '../../src/task/report.ts';
import { Progress, Report } from '../../src/task/report.ts';
import type { Task } from '../../src/task/task.ts';
import type { WorkerOptions } from '../../src/worker/run.ts';
import { runWorker } from '../../src/worker/run.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import type { S3Server } from './servers/s3-server.ts';
import { freePort } from './servers/free-port.ts';

export interface Keys {
  readonly identity: string;
  readonly recipient: string;
  readonly signingPem: string;
  readonly publicPem: string;
}

export async function makeKeys(): Promise<Keys> {
  const identity = await generateX25519Identity();
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    identity,
    recipient: await identityToRecipient(identity),
    signingPem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
}

export interface Ending {
  readonly exitCode: number;
  readonly report: Report;
  readonly log: string;
}

/** A pod's worth of files for a worker, and a way to run it in this process. */
export interface WorkerPod {
  readonly root: string;
  /** Where a volume's objects lie. */
  readonly volume: string;
  /** `task`: as an object, or as the text of the task file. */
  run(task: Task | string, options?: RunOptions): Promise<Ending>;
  /** What the running worker answers; undefined while it does not. */
  progress(): Promise<Progress | undefined>;
  remove(): Promise<void>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly localServer?: NonNullable<WorkerOptions['localServer']>;
  readonly clock?: Clock;
  /** Called when a step of the work begins, before anything of it is done. */
  readonly onStep?: (step: string) => void;
}

export interface PodSecrets {
  readonly server?: PostgresServer;
  readonly user?: string;
  readonly password?: string;
  readonly port?: number;
  readonly s3?: S3Server;
  readonly keys?: Keys;
  /** Folder of client programs by major; every major by default. */
  readonly clientRoot?: string;
}

export async function makePod(secrets: PodSecrets): Promise<WorkerPod> {
  const root = await mkdtemp(join(tmpdir(), 'pgcairn-pod-'));
  const [allClients, progressPort] = await Promise.all([postgresClients(), freePort()]);
  const clientRoot = secrets.clientRoot ?? allClients;
  const secret = async (folder: string, keys: Readonly<Record<string, string>>): Promise<void> => {
    await mkdir(join(root, folder), { recursive: true });
    for (const [key, value] of Object.entries(keys)) await writeFile(join(root, folder, key), value);
  };
  await Promise.all(['scratch', 'repository', 'task'].map((name) => mkdir(join(root, name))));
  const { server, s3, keys } = secrets;
  if (server !== undefined)
    await secret('connection', {
      host: server.host,
      port: String(secrets.port ?? server.port),
      username: secrets.user ?? server.user,
      password: secrets.password ?? server.password,
    });
  if (s3 !== undefined)
    await secret('store', {
      AWS_ACCESS_KEY_ID: s3.access.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.access.credentials.secretAccessKey,
    });
  if (keys !== undefined) await secret('signing', { 'signing.key': keys.signingPem });
  return {
    root,
    volume: join(root, 'repository'),
    run: async (task, { signal, localServer, clock, onStep } = {}) => {
      await writeFile(join(root, 'task/task.json'), typeof task === 'string' ? task : JSON.stringify(task));
      const scrubber = createScrubber();
      const lines: string[] = [];
      const exitCode = await runWorker({
        root,
        clientRoot,
        scrubber,
        terminationPath: join(root, 'termination-log'),
        version: '0.0.0-test',
        logger: createLogger({
          level: 'debug',
          scrubber,
          destination: { write: (line) => void lines.push(line) },
        }),
        signal: signal ?? new AbortController().signal,
        progressPort,
        ...(localServer === undefined ? {} : { localServer }),
        ...(clock === undefined ? {} : { clock }),
        ...(onStep === undefined ? {} : { meter: watchedMeter(onStep) }),
      });
      const text = await readFile(join(root, 'termination-log'), 'utf8');
      return { exitCode, report: Report.parse(JSON.parse(text)), log: lines.join('') };
    },
    progress: async () => {
      const answer = await fetch(`http://127.0.0.1:${progressPort}/progress`).catch(() => undefined);
      return answer === undefined ? undefined : Progress.parse(await answer.json());
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

function watchedMeter(onStep: (step: string) => void): Meter {
  const meter = createMeter(() => performance.now());
  return {
    ...meter,
    begin(step) {
      meter.begin(step);
      onStep(step);
    },
  };
}

export function repositoryOn(
  s3: S3Server | undefined,
  keys: Keys | undefined,
  bucket = 'backups',
): BackupRepositorySpec {
  return BackupRepositorySpec.parse({
    ...(s3 === undefined
      ? { volume: { claimName: 'claim' } }
      : { s3: { ...s3.spec(bucket), credentialsSecretRef: { name: 's3' } } }),
    encryption: keys === undefined ? { none: {} } : { age: { recipients: [keys.recipient] } },
    ...(keys === undefined ? {} : { signing: { keySecretRef: { name: 'signing' } } }),
  });
}

export const backupIdentity = {
  namespace: 'shop',
  name: 'shop',
  uid: '11111111-1111-1111-1111-111111111111',
};
let runs = 0;

/** A task for one more run, each later than the one before. */
export function backupTask(
  repository: BackupRepositorySpec,
  spec: object = {},
  more: { runId?: string; uid?: string } = {},
): Extract<Task, { kind: 'backup' }> {
  runs += 1;
  const second = String(runs % 60).padStart(2, '0');
  const minute = String(Math.floor(runs / 60)).padStart(2, '0');
  return {
    version: 1,
    kind: 'backup',
    repository,
    backup: { ...backupIdentity, ...(more.uid === undefined ? {} : { uid: more.uid }) },
    run: {
      id: more.runId ?? `20261120T00${minute}${second}Z-t${runs}`,
      trigger: 'Once',
      slotTime: '2026-11-20T00:00:00.000Z',
    },
    spec: PostgresBackupSpec.parse({
      connection: { secretRef: { name: 'db' }, tls: { mode: 'Prefer' } },
      repositoryRef: { name: 'offsite' },
      ...spec,
    }),
  };
}

/** Decrypts with the stock program. */
export async function ageDecryptFile(identity: string, file: string, target: string): Promise<void> {
  const identityFile = `${target}.identity`;
  await writeFile(identityFile, `${identity}\n`, { mode: 0o600 });
  // By its output: with -o age makes no file of an empty text.
  await execa('age', ['-d', '-i', identityFile, file], { stdout: { file: target } });
  await rm(identityFile);
}

/** Every file below a pod's volume, by its path. */
export async function listVolume(pod: WorkerPod): Promise<string[]> {
  const entries = await readdir(pod.volume, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(pod.volume.length + 1))
    .toSorted((a, b) => a.localeCompare(b));
}

/** Every key of a bucket. */
export async function listBucket(s3: S3Server, bucket = 'backups'): Promise<string[]> {
  const listed = await s3.client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return (listed.Contents ?? []).map(({ Key }) => Key ?? '').toSorted((a, b) => a.localeCompare(b));
}

export function runOf(ending: Ending): RunFacts {
  if (ending.report.kind === 'backup') return ending.report.run;
  throw new Error(`the run failed: ${JSON.stringify(ending.report)}\n${ending.log}`);
}
