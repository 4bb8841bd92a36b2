import {
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Store } from '../../src/storage/s3.ts';
import { inChunks, keysOf, pattern } from '../contract/store.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';

const MiB = 1024 * 1024;
let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
afterAll(() => server?.stop());

async function versionsOf(bucket: string, key: string): Promise<number> {
  const at = { Bucket: bucket, Prefix: key };
  const { Versions, DeleteMarkers } = await server.client.send(new ListObjectVersionsCommand(at));
  return (Versions ?? []).length + (DeleteMarkers ?? []).length;
}

describe('object lock', () => {
  it.each(['Compliance', 'Governance'] as const)('holds %s objects until their date', async (mode) => {
    const bucket = `lock-${mode.toLowerCase()}`;
    await server.makeBucket(bucket, { versioning: true, objectLock: true });
    const spec = server.spec(bucket, { objectLock: { mode, retainSeconds: 8 }, partSizeBytes: 5 * MiB });
    const store = new S3Store(spec, server.access);
    const begin = Date.now();
    await store.put('small', Buffer.from('bytes'));
    await store.put('parts', inChunks(pattern(6 * MiB), 65_536));
    let until = 0;
    for (const key of ['small', 'parts']) {
      const head = await server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
      expect(head.ObjectLockMode).toBe(mode.toUpperCase());
      until = head.ObjectLockRetainUntilDate?.getTime() ?? 0;
      expect(until).toBeGreaterThan(begin + 1000);
      await expect(store.delete(key)).rejects.toMatchObject({
        reason: 'StoreAccessDenied',
        message: expect.stringMatching(/cannot be deleted: it is retained until \d{4}-\d\d-\d\dT/) as unknown,
      });
    }
    expect(await keysOf(store, '')).toEqual(['parts', 'small']);
    await sleep(until + 1500 - Date.now()); // it is told to the second
    await store.delete('small');
    await store.delete('parts', { everyVersion: true });
    expect(await keysOf(store, '')).toEqual([]);
    expect([await versionsOf(bucket, 'small'), await versionsOf(bucket, 'parts')]).toEqual([2, 0]);
  });

  it('does not hold what is not to be retained', async () => {
    await server.makeBucket('scratch', { versioning: true, objectLock: true });
    const spec = server.spec('scratch', { objectLock: { mode: 'Compliance', retainSeconds: 86_400 } });
    const store = new S3Store(spec, server.access);
    await store.put('probe', Buffer.from('bytes'), { retain: false });
    await store.delete('probe', { everyVersion: true });
    expect(await versionsOf('scratch', 'probe')).toBe(0);
  });

  it('is seen where the bucket locks by itself', async () => {
    await server.makeBucket('default', { versioning: true, objectLock: true });
    const rule = { DefaultRetention: { Mode: 'GOVERNANCE' as const, Days: 1 } };
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled' as const, Rule: rule };
    await server.client.send(
      new PutObjectLockConfigurationCommand({ Bucket: 'default', ObjectLockConfiguration }),
    );
    const store = new S3Store(server.spec('default'), server.access);
    await store.put('object', Buffer.from('bytes'));
    await expect(store.delete('object')).rejects.toMatchObject({
      reason: 'StoreAccessDenied',
      message: expect.stringContaining('retained until') as unknown,
    });
    expect(await keysOf(store, '')).toEqual(['object']);
  });

  it('is explained where the bucket has none', async () => {
    await server.makeBucket('plain');
    const spec = server.spec('plain', { objectLock: { mode: 'Compliance', retainSeconds: 60 } });
    await expect(new S3Store(spec, server.access).put('object', Buffer.from('bytes'))).rejects.toMatchObject({
      reason: 'StoreRefused',
      message: expect.stringContaining('has no object lock') as unknown,
    });
  });
});
