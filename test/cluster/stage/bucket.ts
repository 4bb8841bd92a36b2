import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Shop } from './shop.ts';
import { bucket } from './shop.ts';

/** Every object below a prefix, by key, read with an ordinary S3 client. */
export async function fetchBucket(shop: Shop, prefix = ''): Promise<ReadonlyMap<string, Buffer>> {
  return shop.withS3(async (client) => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
    const found = new Map<string, Buffer>();
    for (const { Key = '' } of Contents) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
      found.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []));
    }
    return found;
  });
}

export interface Envelope {
  readonly signatures: readonly object[];
  /** The payload, decoded: JSON. */
  readonly statement: string;
}

/** A manifest as it lies in the store: a DSSE envelope. */
export function parseManifest(bytes: Buffer | undefined): Envelope {
  const { payload, signatures } = JSON.parse(bytes?.toString() ?? '{}') as {
    payload: string;
    signatures: readonly object[];
  };
  return { signatures, statement: Buffer.from(payload, 'base64').toString() };
}
