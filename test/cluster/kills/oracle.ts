import type { S3Client } from '@aws-sdk/client-s3';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { parseManifest } from '../stage/bucket.ts';
import { bucket } from '../stage/shop.ts';
import type { Stage } from './stage.ts';
import { namespace } from './stage.ts';

/** What the bucket holds of one backup. */
export interface Stored {
  /** Runs whose manifest is there and whose objects all have its digests. */
  readonly published: readonly string[];
  /** Objects that are not what their manifest says. */
  readonly broken: readonly string[];
  /** Keys that no manifest names, and unfinished uploads. */
  readonly leftovers: readonly string[];
}

/** Looks at the bucket: keys, uploads and manifests by S3, digests by the files beneath it. */
export async function readStore(stage: Stage, backups: readonly string[]): Promise<readonly Stored[]> {
  const digests = await digestsOnDisk(stage, backups);
  return stage.shop.withS3((client) =>
    Promise.all(backups.map((backup) => readBackup(client, `postgres/${namespace}/${backup}/`, digests))),
  );
}

/** Removes every object of a backup. */
export async function emptyFolder(stage: Stage, backup: string): Promise<void> {
  await stage.shop.withS3(async (client) => {
    for (const key of await list(client, `postgres/${namespace}/${backup}/`))
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  });
}

async function readBackup(
  client: S3Client,
  folder: string,
  digests: ReadonlyMap<string, string>,
): Promise<Stored> {
  const keys = await list(client, folder);
  const manifests = keys.filter((key) => key.endsWith('/manifest.json'));
  const named = new Set([`${folder}OWNER.json`, ...manifests]);
  const published: string[] = [];
  const broken: string[] = [];
  for (const key of manifests) {
    const run = key.slice(0, -'manifest.json'.length);
    const { runId, objects } = await readManifest(client, key);
    for (const { path } of objects) named.add(run + path);
    const spoilt = objects.filter(({ path, stored }) => digests.get(run + path) !== stored.digest);
    if (spoilt.length === 0) published.push(runId);
    broken.push(...spoilt.map(({ path }) => run + path));
  }
  const uploads = await unfinished(client, folder);
  return { published, broken, leftovers: [...keys.filter((key) => !named.has(key)), ...uploads] };
}

/** By key. The S3 server keeps each object as a file. */
async function digestsOnDisk(
  { shop }: Stage,
  backups: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const folders = backups.map((backup) => `postgres/${namespace}/${backup}`).join(' ');
  const script = `cd /data/buckets/${bucket} && find ${folders} -type f -exec sha256sum {} +`;
  const lines = (await shop.kubectl(['exec', 'deployment/s3', '--', 'sh', '-c', script])).split('\n');
  return new Map(lines.map((line) => [line.slice(66), `sha256:${line.slice(0, 64)}`]));
}

async function list(client: S3Client, prefix: string): Promise<readonly string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

async function unfinished(client: S3Client, prefix: string): Promise<readonly string[]> {
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return Uploads.map(({ Key = '' }) => Key).filter((key) => key.startsWith(prefix));
}

async function readManifest(client: S3Client, key: string): Promise<Manifest> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  return (JSON.parse(parseManifest(bytes).statement) as { predicate: Manifest }).predicate;
}

/** Leases that Jobs of this namespace hold or held, and Jobs whose result nobody has taken. */
export async function heldThings({ kubectl, installation }: Stage): Promise<readonly string[]> {
  interface Lease {
    readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  }
  interface Job {
    readonly metadata: { readonly name: string; readonly finalizers?: readonly string[] };
  }
  const leases = await kubectl.list<Lease>('leases', installation.namespace);
  const jobs = await kubectl.list<Job>('jobs', namespace);
  return [
    ...leases
      .filter(({ metadata }) => metadata.annotations?.['pgcairn.dev/holder']?.startsWith(`${namespace}/`))
      .map(({ metadata }) => `lease/${metadata.name}`),
    ...jobs
      .filter(({ metadata }) => metadata.finalizers?.includes('pgcairn.dev/result'))
      .map(({ metadata }) => `job/${metadata.name}`),
  ];
}
