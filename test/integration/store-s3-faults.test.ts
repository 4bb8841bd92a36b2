import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { S3Store } from '../../src/storage/s3.ts';
import { ObjectExists } from '../../src/storage/store.ts';
import { bytesOf, digestOf, inChunks, keysOf, pattern } from '../contract/store.ts';
import type { Fault, FaultyProxy } from './servers/faulty-proxy.ts';
import { first, pass, startFaultyProxy } from './servers/faulty-proxy.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';

const MiB = 1024 * 1024;
const never = new Date(8.64e15);
const body = pattern(3 * 5 * MiB + 1000);
const slowDown: Fault = {
  kind: 'Answer',
  status: 503,
  body: '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>',
};

let server: S3Server;
let proxy: FaultyProxy;
/** Through the proxy. */
let store: S3Store;
/** The same, but does not wait long for a store that is silent. */
let hasty: S3Store;
/** Past the proxy. */
let direct: S3Store;
let round = 0;
let key: string;

beforeAll(async () => {
  server = await startS3Server();
  await server.makeBucket('backups');
  proxy = await startFaultyProxy(server);
  const more = { prefix: 'p', partSizeBytes: 5 * MiB };
  const spec = { ...server.spec('backups', more), endpoint: proxy.endpoint };
  store = new S3Store(spec, server.access, { attempts: 4 });
  hasty = new S3Store(spec, server.access, { attempts: 4, idleMilliseconds: 3000 });
  direct = new S3Store(server.spec('backups', more), server.access);
});
afterAll(async () => {
  await store?.close();
  await hasty?.close();
  await direct?.close();
  await proxy?.stop();
  await server?.stop();
});
beforeEach(() => {
  round += 1;
  key = `round-${round}/object`;
});

const put = (options = {}): Promise<unknown> => store.put(key, inChunks(body, 65_536), options);
const storeFor = ({ kind }: Fault): S3Store => (kind.startsWith('Hang') ? hasty : store);

async function expectWhole(): Promise<void> {
  expect(digestOf(await bytesOf(await direct.get(key)))).toBe(digestOf(body));
}

async function expectNothing(): Promise<void> {
  expect(await keysOf(direct, `round-${round}/`)).toEqual([]);
  expect(await direct.sweep(`round-${round}/`, never)).toEqual({ uploads: 0, bytes: 0 });
}

describe('a fault that passes', () => {
  const broken: [string, string, Fault][] = [
    ['the store asks to slow down', 'UploadPart', slowDown],
    ['a part is cut on its way', 'UploadPart', { kind: 'CutRequest', bytes: 2 * MiB }],
    ['the answer to a part is lost', 'UploadPart', { kind: 'LoseResponse' }],
    ['the store falls silent at a part', 'UploadPart', { kind: 'Hang' }],
    ['the answer to the beginning is lost', 'CreateMultipartUpload', { kind: 'LoseResponse' }],
    ['the answer to the completion is lost', 'CompleteMultipartUpload', { kind: 'LoseResponse' }],
    ['the store falls silent at the completion', 'CompleteMultipartUpload', { kind: 'Hang' }],
    ['the store fails', 'CompleteMultipartUpload', { kind: 'Answer', status: 500 }],
  ];
  const ways = [true, false].flatMap((ifAbsent) =>
    broken.map(([label, operation, fault]) => ({ label, ifAbsent, operation, fault })),
  );
  it.each(ways)('keeps no stream from being written: $label (ifAbsent $ifAbsent)', async (way) => {
    const { ifAbsent, operation, fault } = way;
    proxy.on(first(2, operation, fault));
    await storeFor(fault).put(key, inChunks(body, 65_536), { ifAbsent });
    expect(proxy.seen.filter((request) => request.operation === operation).length).toBeGreaterThan(1);
    await expectWhole();
  });

  it('does not look like a failure when the store has forgotten the upload that it completed', async () => {
    // What MinIO and Ceph answer when they are asked a second time; versitygw says yes again.
    let completions = 0;
    proxy.on((request) => {
      if (request.operation !== 'CompleteMultipartUpload') return pass;
      completions += 1;
      const body = '<Error><Code>NoSuchUpload</Code></Error>';
      return completions === 1 ? { kind: 'LoseResponse' } : { kind: 'Answer', status: 404, body };
    });
    await put();
    expect(completions).toBe(2);
    await expectWhole();
  });

  it('does not make a write of our own look like another writer', async () => {
    proxy.on(first(1, 'PutObject', { kind: 'LoseResponse' }));
    const info = await store.put(key, Buffer.from('small'), { ifAbsent: true });
    expect(info.bytes).toBe(5);
    proxy.on(() => pass);
    await expect(store.put(key, Buffer.from('other'), { ifAbsent: true })).rejects.toBeInstanceOf(
      ObjectExists,
    );
    expect((await bytesOf(await direct.get(key)))?.toString()).toBe('small');
  });

  it('does not make another writer look like ourselves', async () => {
    // Somebody writes the key between our look and our completion.
    proxy.on((request) => {
      if (request.operation === 'CompleteMultipartUpload' && proxy.seen.length < 100)
        return { kind: 'Answer', status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' };
      return pass;
    });
    const theirs = put({ ifAbsent: true }).catch((error: unknown) => error);
    await direct.put(key, Buffer.alloc(body.length));
    expect(await theirs).toBeInstanceOf(ObjectExists);
    expect(digestOf(await bytesOf(await direct.get(key)))).toBe(digestOf(Buffer.alloc(body.length)));
    expect(await direct.sweep(`round-${round}/`, never)).toEqual({ uploads: 0, bytes: 0 });
  });

  it('sweeps the upload that was begun without our learning of it', async () => {
    proxy.on(first(1, 'CreateMultipartUpload', { kind: 'LoseResponse' }));
    await put();
    await expectWhole();
    expect(await direct.sweep(`round-${round}/`, never)).toEqual({ uploads: 1, bytes: 0 });
  });

  it.each<[string, Fault]>([
    ['breaks', { kind: 'CutResponse', bytes: 3 * MiB + 17 }],
    ['falls silent', { kind: 'HangResponse', bytes: 3 * MiB + 17 }],
    ['breaks before its first byte', { kind: 'CutResponse', bytes: 0 }],
  ])('does not keep an object from being read: the connection %s', async (_label, fault) => {
    await direct.put(key, body);
    proxy.on(first(3, 'GetObject', fault));
    expect(digestOf(await bytesOf(await storeFor(fault).get(key)))).toBe(digestOf(body));
    const range = { start: 100, end: 4 * MiB };
    proxy.on(first(1, 'GetObject', fault));
    expect(digestOf(await bytesOf(await storeFor(fault).get(key, range)))).toBe(
      digestOf(body.subarray(100, 4 * MiB + 1)),
    );
  });
});

describe('a fault that stays', () => {
  const broken: [string, string, Fault, string, RegExp][] = [
    ['the store asks to slow down', 'UploadPart', slowDown, 'StoreThrottled', /SlowDown.*jitterSeconds/],
    [
      'parts are cut',
      'UploadPart',
      { kind: 'CutRequest', bytes: MiB },
      'StoreUnreachable',
      /broke the connection/,
    ],
    ['the store falls silent', 'UploadPart', { kind: 'Hang' }, 'StoreUnreachable', /did not answer in time/],
    ['a byte is changed on its way', 'UploadPart', { kind: 'FlipByte' }, 'StoreFailed', /SHA256/],
    [
      'the completion fails',
      'CompleteMultipartUpload',
      {
        kind: 'Answer',
        status: 500,
        body: '<Error><Code>InternalError</Code><Message>We.</Message></Error>',
      },
      'StoreFailed',
      /CompleteMultipartUpload.*HTTP 500, InternalError, We\./,
    ],
    [
      'the store is full',
      'UploadPart',
      { kind: 'Answer', status: 507, body: '<Error><Code>XMinioStorageFull</Code></Error>' },
      'StoreFull',
      /no room left/,
    ],
    [
      'the store takes no more parts',
      'UploadPart',
      { kind: 'Answer', status: 400, body: '<Error><Code>TooManyParts</Code></Error>' },
      'ObjectTooLarge',
      /partSizeBytes/,
    ],
  ];
  it.each(broken)('leaves nothing behind: %s', async (_label, operation, fault, reason, message) => {
    proxy.on((request) => (request.operation === operation ? fault : pass));
    const source = inChunks(body, 65_536);
    await expect(storeFor(fault).put(key, source)).rejects.toMatchObject({
      reason,
      message: expect.stringMatching(message) as unknown,
    });
    expect(source.destroyed).toBe(true);
    await expectNothing();
  });

  it('refuses a small object of which a byte was changed on its way', async () => {
    proxy.on((request) => (request.operation === 'PutObject' ? { kind: 'FlipByte' } : pass));
    await expect(store.put(key, Buffer.from('small'))).rejects.toMatchObject({ reason: 'StoreFailed' });
    await expectNothing();
  });

  it('stops waiting for a silent source as soon as a part fails', async () => {
    proxy.on((request) => (request.operation === 'UploadPart' ? slowDown : pass));
    let sent = 0;
    const source = new Readable({
      read() {
        if (sent >= 6 * MiB) return;
        sent += 65_536;
        this.push(body.subarray(0, 65_536));
      },
    });
    await expect(store.put(key, source)).rejects.toMatchObject({ reason: 'StoreThrottled' });
    expect(source.destroyed).toBe(true);
    await expectNothing();
  });

  it('says what stays behind when even the clean-up fails', async () => {
    proxy.on((request) =>
      request.operation === 'UploadPart' || request.operation === 'AbortMultipartUpload' ? slowDown : pass,
    );
    await expect(put()).rejects.toMatchObject({
      reason: 'StoreThrottled',
      message: expect.stringMatching(/The parts sent so far stay until a later run sweeps them/) as unknown,
    });
    expect((await direct.sweep(`round-${round}/`, never)).uploads).toBe(1);
  });

  it('ends a read that no resuming helps', async () => {
    await direct.put(key, body);
    proxy.on((request, index) =>
      request.operation === 'GetObject' ? { kind: 'CutResponse', bytes: index === 0 ? MiB : 0 } : pass,
    );
    const stream = await store.get(key);
    await expect(bytesOf(stream).then(digestOf)).rejects.toMatchObject({ reason: 'StoreUnreachable' });
  });

  it('never joins the bytes of two objects', async () => {
    await direct.put(key, body);
    proxy.on(first(1, 'GetObject', { kind: 'CutResponse', bytes: MiB }));
    const stream = await store.get(key);
    await direct.put(key, Buffer.alloc(body.length));
    await expect(bytesOf(stream).then(digestOf)).rejects.toMatchObject({
      reason: 'StoredBytesDiffer',
      message: expect.stringContaining('was replaced while it was read') as unknown,
    });
  });
});

describe('an answer that is not of S3', () => {
  it('is told as it is', async () => {
    proxy.on(() => ({ kind: 'Answer', status: 502, body: '<html>Bad gateway</html>' }));
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({
      reason: 'StoreFailed',
      message: expect.stringContaining('HTTP 502') as unknown,
    });
    proxy.on(() => ({ kind: 'Answer', status: 200, body: '<html>Welcome to nginx</html>' }));
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ reason: 'StoreRefused' });
    await expect(keysOf(store, '')).rejects.toMatchObject({ reason: 'StoreRefused' });
  });

  it('tells by how much the clocks differ', async () => {
    const date = new Date(Date.now() - 3_600_000).toUTCString();
    const skewed =
      '<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message></Error>';
    proxy.on(() => ({ kind: 'Answer', status: 403, body: skewed, headers: { date } }));
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({
      reason: 'ClockSkew',
      message: expect.stringMatching(/the node's is (3599|360\d) s ahead of the store's/) as unknown,
    });
  });
});
