import { BackupRepositorySpec } from '../../api/v1alpha1/backup-repository.ts';
import type { Environment } from '../input/environment.ts';
import { UsageError } from '../usage-error.ts';

interface S3Flags {
  readonly s3?: string;
  readonly endpoint?: string;
  readonly region?: string;
}

/**
 * A repository at `s3://bucket/prefix`. The key comes from where the AWS tools find it; so do region and endpoint
 * where no flag names them.
 */
export function s3Spec(flags: S3Flags, environment: Environment): BackupRepositorySpec {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(flags.s3 ?? '') ?? [];
  if (bucket === undefined) throw new UsageError('--s3 must be s3://BUCKET or s3://BUCKET/PREFIX');
  const endpoint = flags.endpoint ?? environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL'];
  const region = flags.region ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  const spec = BackupRepositorySpec.safeParse({
    s3: { bucket, prefix: prefix === '' ? undefined : prefix, endpoint, region },
    encryption: { none: {} },
  });
  if (spec.success) return spec.data;
  const [issue] = spec.error.issues;
  throw new UsageError(`--s3: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
