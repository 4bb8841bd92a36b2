import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Spec } from '../../../src/api/v1alpha1/backup-repository.ts';
import type { S3Access } from '../../../src/storage/s3-client.ts';
import { versitygw } from '../../../scripts/tools/versitygw.ts';
import type { Certificate } from './certificates.ts';
import { freePort } from './free-port.ts';

export interface S3ServerOptions {
  readonly tls?: Certificate;
  /** PEM file that clients should trust. */
  readonly ca?: string;
  /** Where the objects lie; a new folder by default. */
  readonly folder?: string;
  readonly region?: string;
  /** Further flags of versitygw, before `posix`. */
  readonly flags?: readonly string[];
}

export interface S3Server {
  readonly endpoint: string;
  readonly port: number;
  readonly access: Required<Pick<S3Access, 'credentials'>> & S3Access;
  /** Folder that holds a folder for each bucket. */
  readonly folder: string;
  readonly pid: number;
  /** The official client with the server's root key, for what a test must see or do by itself. */
  readonly client: S3Client;
  readonly spec: (bucket: string, more?: Partial<S3Spec>) => S3Spec;
  readonly makeBucket: (
    name: string,
    options?: { versioning?: boolean; objectLock?: boolean },
  ) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const credentials = { accessKeyId: 'test-access-key', secretAccessKey: 'test-secret-of-the-key' };

/** Starts a real S3 server on a free port of 127.0.0.1. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const work = await mkdtemp(join(tmpdir(), 'pgcairn-s3-'));
  const folder = options.folder ?? join(work, 'objects');
  const versions = join(work, 'versions');
  await Promise.all([mkdir(folder, { recursive: true }), mkdir(versions)]);
  const port = await freePort();
  const region = options.region ?? 'us-east-1';
  const scheme = options.tls === undefined ? 'http' : 'https';
  const endpoint = `${scheme}://127.0.0.1:${port}`;
  const program = await versitygw();
  const server = spawn(
    program,
    [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      region,
      '--quiet',
      '--keep-alive',
      ...(options.tls === undefined ? [] : ['--cert', options.tls.certificate, '--key', options.tls.key]),
      ...(options.flags ?? []),
      'posix',
      '--versioning-dir',
      versions,
      folder,
    ],
    {
      env: { ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const words = wordsOf(server);
  const ca = options.ca === undefined ? undefined : await readFile(options.ca, 'utf8');
  const client = new S3Client({
    region,
    endpoint,
    credentials,
    forcePathStyle: true,
    ...(ca === undefined ? {} : { requestHandler: { httpsAgent: { ca } } }),
  });
  await untilListening(port, server, words);
  return {
    endpoint,
    port,
    folder,
    client,
    access: { credentials, ...(ca === undefined ? {} : { ca }) },
    pid: server.pid ?? 0,
    spec: (bucket, more = {}) => ({ bucket, region, endpoint, addressing: 'Auto', ...more }),
    makeBucket: async (name, { versioning, objectLock } = {}) => {
      await client.send(
        new CreateBucketCommand({ Bucket: name, ObjectLockEnabledForBucket: objectLock === true }),
      );
      if (versioning === true)
        await client.send(
          new PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: 'Enabled' } }),
        );
    },
    stop: async () => {
      client.destroy();
      await stopProcess(server);
      await rm(work, { recursive: true, force: true });
    },
  };
}

function wordsOf(server: ChildProcess): () => string {
  let words = '';
  server.stderr?.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-4000)));
  return () => words;
}

async function stopProcess(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}

async function untilListening(port: number, server: ChildProcess, words: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`versitygw ended: ${words()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`versitygw does not listen: ${words()}`);
}
