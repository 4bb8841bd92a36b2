import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Context } from './s3-context.ts';
import { faultOf, notS3 } from './s3-context.ts';
import type { ObjectInfo } from './store.ts';

/** Every object under the repository whose key begins with `prefix`, page by page. */
export async function* listObjects(
  context: S3Context,
  prefix: string,
): AsyncGenerator<ObjectInfo, void, undefined> {
  let token: string | undefined;
  do {
    const command = new ListObjectsV2Command({
      Bucket: context.bucket,
      Prefix: context.prefix + prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
    });
    const page = await context.client.send(command).catch((error: unknown) => {
      throw faultOf(context, error, { operation: 'ListObjectsV2' });
    });
    // Without this the page of some web server would pass for an empty bucket.
    if (page.Name === undefined && page.IsTruncated === undefined) throw notS3(context);
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      // Keys that end with '/' are the folders that consoles draw.
      if (Key === undefined || Key.endsWith('/')) continue;
      yield {
        key: Key.slice(context.prefix.length),
        bytes: Size ?? 0,
        modified: LastModified ?? context.now(),
      };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}
