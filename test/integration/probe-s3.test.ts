import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { versitygw } from '../../scripts/tools/versitygw.ts';
import type { S3Spec } from '../../src/api/v1alpha1/backup-repository.ts';
import { BackupRepositorySpec } from '../../src/api/v1alpha1/backup-repository.ts';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createScrubber } from '../../src/base/redact.ts';
import { S3Store } from '../../src/storage/s3.ts';
import { createMeter } from '../../src/stream/meter.ts';
import { Report, reportLimitBytes } from '../../src/task/report.ts';
import { probeRepository } from '../../src/worker/probe.ts';
import { keysOf } from '../contract/store.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';

const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const writer = { accessKeyId: 'key-of-the-writer', secretAccessKey: 'secret-of-the-writer' };
const never = new Date(8.64e15);

let server: S3Server;
let users: string;
beforeAll(async () => {
  users = await mkdtemp(join(tmpdir(), 'pgcairn-iam-'));
  server = await startS3Server({ flags: ['--iam-dir', users, '--iam-cache-disable'] });
  const { accessKeyId, secretAccessKey } = server.access.credentials ?? writer;
  const root = ['--access', accessKeyId, '--secret', secretAccessKey, '--endpoint-url', server.endpoint];
  const added = ['--access', writer.accessKeyId, '--secret', writer.secretAccessKey, '--role', 'user'];
  await execa(await versitygw(), ['admin', ...root, 'create-user', ...added]);
});
afterAll(async () => {
  await server?.stop();
  await rm(users, { recursive: true });
});

interface Probed {
  readonly report: Report;
  readonly left: string[];
}

/** `uploadsLeft`: unfinished uploads that the probe cannot help leaving behind. */
async function probe(
  spec: S3Spec,
  credentials = server.access.credentials,
  uploadsLeft = 0,
): Promise<Probed> {
  const repository = BackupRepositorySpec.parse({
    s3: spec,
    encryption: { age: { recipients: [recipient] } },
  });
  const store = new S3Store(spec, { credentials: credentials ?? writer }, { attempts: 2 });
  try {
    const report = await probeRepository(
      { version: 1, kind: 'probe', owner: { namespace: 'shop', name: 'offsite', uid: 'u-1' }, repository },
      {
        root: '/nowhere',
        version: '0.0.0',
        logger: silentLogger,
        scrubber: createScrubber(),
        clock: systemClock,
        meter: createMeter(() => systemClock.monotonic()),
        signal: new AbortController().signal,
        store,
        recipients: [],
        signingKey: undefined,
      },
    );
    return { report: Report.parse(report), left: await keysOf(store, '') };
  } finally {
    const all = new S3Store(spec, server.access);
    expect(await all.sweep('', never)).toEqual({ uploads: uploadsLeft, bytes: 0 });
    await Promise.all([all.close(), store.close()]);
  }
}

async function allow(bucket: string, denied: readonly string[]): Promise<void> {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const Principal = { AWS: [writer.accessKeyId] };
  const Statement: object[] = [{ Effect: 'Allow', Action: 's3:*', Principal, Resource }];
  for (const Action of denied)
    Statement.push({
      Effect: 'Deny',
      Action,
      Principal,
      Resource: Resource[Action.includes('Bucket') ? 0 : 1],
    });
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await server.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}

describe('probing S3', () => {
  it('reports what a plain bucket can do, and leaves nothing behind', async () => {
    await server.makeBucket('plain');
    const { report, left } = await probe(server.spec('plain', { prefix: 'a/b' }));
    expect(report).toMatchObject({
      kind: 'probe',
      location: `s3://plain/a/b/ at ${server.endpoint}`,
      capabilities: { multipart: true, conditionalWrite: true, versioning: false, objectLock: false },
      warnings: [expect.stringContaining('not signed')],
    });
    expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThan(reportLimitBytes);
    expect(left).toEqual([]);
  });

  it('warns that a bucket with versions keeps what is deleted', async () => {
    await server.makeBucket('versions', { versioning: true });
    const { report, left } = await probe(server.spec('versions'));
    expect(report).toMatchObject({
      capabilities: { versioning: true, objectLock: false },
      warnings: [expect.stringContaining('lifecycle rule'), expect.stringContaining('not signed')],
    });
    expect(left).toEqual([]);
  });

  it('passes on a locked bucket, of which it leaves one small object', async () => {
    await server.makeBucket('locked', { versioning: true, objectLock: true });
    const spec = server.spec('locked', { objectLock: { mode: 'Compliance', retainSeconds: 3600 } });
    const { report, left } = await probe(spec);
    expect(report).toMatchObject({ capabilities: { versioning: true, objectLock: true } });
    expect(left).toEqual([expect.stringMatching(/^\.pgcairn-probe\/u-1\/[0-9a-f]+\/locked$/)]);
  });

  it('fails where a lock is asked for that the bucket does not have', async () => {
    await server.makeBucket('unlocked');
    const spec = server.spec('unlocked', { objectLock: { mode: 'Compliance', retainSeconds: 3600 } });
    await expect(probe(spec)).rejects.toMatchObject({
      reason: 'StoreRefused',
      message: expect.stringContaining('has no object lock') as unknown,
    });
  });

  it.each<[string, string, number?]>([
    ['s3:PutObject', 'StoreAccessDenied'],
    ['s3:GetObject', 'StoreAccessDenied'],
    ['s3:DeleteObject', 'StoreAccessDenied'],
    ['s3:ListBucket', 'StoreAccessDenied'],
    ['s3:ListBucketMultipartUploads', 'StoreAccessDenied'],
    ['s3:AbortMultipartUpload', 'StoreAccessDenied', 1],
  ])('fails and names the permission that is missing: %s', async (permission, reason, uploadsLeft = 0) => {
    const bucket = `without-${permission.slice(3).toLowerCase()}`;
    await server.makeBucket(bucket);
    await allow(bucket, [permission]);
    await expect(probe(server.spec(bucket), writer, uploadsLeft)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(`denies ${permission}`) as unknown,
    });
  });

  it('passes without the permission to delete where a lock makes deleting impossible', async () => {
    await server.makeBucket('append-only', { versioning: true, objectLock: true });
    await allow('append-only', ['s3:DeleteObject']);
    const { report } = await probe(server.spec('append-only'), writer);
    expect(report).toMatchObject({
      capabilities: { objectLock: true },
      warnings: expect.arrayContaining([expect.stringContaining('denies s3:DeleteObject')]) as unknown,
    });
  });
});
