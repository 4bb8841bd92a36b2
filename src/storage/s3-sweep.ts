import type { MultipartUpload } from '@aws-sdk/client-s3';
import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import { answerOf } from './s3-answer.ts';
import type { S3Context } from './s3-context.ts';
import { faultOf } from './s3-context.ts';
import { abortUpload } from './s3-multipart.ts';
import type { SweepResult } from './store.ts';

const rounds = 10;

/** Removes unfinished uploads, and looks again until there are none or nothing helps. */
export async function sweepUploads(context: S3Context, prefix: string, before: Date): Promise<SweepResult> {
  const seen = new Set<string>();
  let bytes = 0;
  for (let round = 0; round < rounds; round += 1) {
    const due = (await unfinished(context, prefix)).filter(
      (upload) => upload.Initiated === undefined || upload.Initiated < before,
    );
    if (due.length === 0) break;
    for (const { Key, UploadId } of due) {
      if (Key === undefined || UploadId === undefined) continue;
      if (!seen.has(UploadId)) bytes += await partBytes(context, Key, UploadId);
      seen.add(UploadId);
      const left = await abortUpload(context, Key, UploadId, { cut: false });
      if (left !== undefined) throw left;
    }
  }
  return { uploads: seen.size, bytes };
}

async function unfinished(context: S3Context, prefix: string): Promise<MultipartUpload[]> {
  const found: MultipartUpload[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
  while (marker !== undefined) {
    const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
      Bucket: context.bucket,
      Prefix: context.prefix + prefix,
      ...marker,
    });
    const page = await context.client.send(command).catch((error: unknown) => {
      if (answerOf(error).status === 501) return undefined;
      throw faultOf(context, error, { operation: 'ListMultipartUploads' });
    });
    found.push(...(page?.Uploads ?? []));
    marker = page?.IsTruncated === true ? markerOf(page) : undefined;
  }
  // Some stores ignore the prefix, and foreign uploads are not ours to end.
  return found.filter(({ Key }) => Key?.startsWith(context.prefix + prefix) === true);
}

function markerOf(page: {
  NextKeyMarker?: string | undefined;
  NextUploadIdMarker?: string | undefined;
}): { KeyMarker?: string; UploadIdMarker?: string } | undefined {
  const { NextKeyMarker: key, NextUploadIdMarker: id } = page;
  if (key === undefined || key === '') return undefined;
  return id === undefined || id === '' ? { KeyMarker: key } : { KeyMarker: key, UploadIdMarker: id };
}

/** What an upload holds, as far as the store says. */
async function partBytes(context: S3Context, key: string, id: string): Promise<number> {
  let bytes = 0;
  let marker: string | undefined;
  do {
    const at = { Bucket: context.bucket, Key: key, UploadId: id };
    const command = new ListPartsCommand({
      ...at,
      ...(marker === undefined ? {} : { PartNumberMarker: marker }),
    });
    const page = await context.client.send(command).catch(() => undefined);
    bytes += (page?.Parts ?? []).reduce((sum, part) => sum + (part.Size ?? 0), 0);
    marker = page?.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  return bytes;
}
