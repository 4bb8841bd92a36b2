import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { S3Store } from '../../src/storage/s3.ts';
import type { StoreCapabilities } from '../../src/storage/store.ts';
import { issueCertificate, makeAuthority } from '../integration/servers/certificates.ts';
import type { S3Server } from '../integration/servers/s3-server.ts';
import { startS3Server } from '../integration/servers/s3-server.ts';
import type { StoreUnderTest } from './store.ts';
import { storeContract } from './store.ts';

const MiB = 1024 * 1024;
const plain: StoreCapabilities = {
  multipart: true,
  conditionalWrite: true,
  versioning: false,
  objectLock: false,
};

function under(
  server: Pick<S3Server, 'spec' | 'access' | 'client'>,
  capabilities: StoreCapabilities,
  stop: () => Promise<void>,
): StoreUnderTest {
  const spec = server.spec('backups', { prefix: 'shop/postgres', partSizeBytes: 5 * MiB });
  return {
    store: new S3Store(spec, server.access),
    other: new S3Store(spec, server.access),
    capabilities,
    leaveUnfinished: async (key) => {
      const at = { Bucket: 'backups', Key: `shop/postgres/${key}` };
      const { UploadId } = await server.client.send(new CreateMultipartUploadCommand(at));
      const part = { ...at, UploadId, PartNumber: 1, Body: Buffer.alloc(1000) };
      await server.client.send(new UploadPartCommand(part));
      return 1000;
    },
    stop,
  };
}

storeContract('S3 by versitygw', async () => {
  const server = await startS3Server();
  await server.makeBucket('backups');
  return under(server, plain, server.stop);
});

storeContract('S3 by versitygw, TLS of a private authority', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pgcairn-tls-'));
  const authority = await makeAuthority(folder);
  const tls = await issueCertificate(folder, authority, { name: 's3', subjectAltName: 'IP:127.0.0.1' });
  const server = await startS3Server({ tls, ca: authority.certificate });
  await server.makeBucket('backups');
  return under(server, plain, async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
});

storeContract('S3 by versitygw, versions and object lock', async () => {
  const server = await startS3Server();
  await server.makeBucket('backups', { versioning: true, objectLock: true });
  return under(server, { ...plain, versioning: true, objectLock: true }, server.stop);
});

/**
 * Any other S3 server: an empty bucket `backups` without versions at PGCAIRN_TEST_S3_ENDPOINT, with AWS_ACCESS_KEY_ID
 * and AWS_SECRET_ACCESS_KEY.
 */
const endpoint = process.env['PGCAIRN_TEST_S3_ENDPOINT'];
if (endpoint !== undefined)
  storeContract(`S3 at ${endpoint}`, async () => {
    const region = process.env['AWS_REGION'] ?? 'us-east-1';
    const credentials = {
      accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    };
    const client = new S3Client({ region, endpoint, credentials, forcePathStyle: true });
    const spec: S3Server['spec'] = (bucket, more = {}) => ({
      bucket,
      region,
      endpoint,
      addressing: 'Auto',
      ...more,
    });
    return under({ client, spec, access: { credentials } }, plain, () => Promise.resolve(client.destroy()));
  });
