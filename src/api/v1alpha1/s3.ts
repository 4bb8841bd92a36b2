import { z } from 'zod';
import { withPattern, withRule } from '../rule.ts';
import { relativePath, SecretKeyRef, SecretRef } from './names.ts';

const port = '6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}';
const host = String.raw`[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]`;
const endpointPattern = new RegExp(
  String.raw`^https?://(${host})(:(${port}))?(/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)*/?$`,
);

const endpoint = withPattern(
  z.string().min(1).max(512),
  endpointPattern,
  'must be an http or https URL of a host, with a port and a path where needed, without user, query or fragment: https://s3.example.net:9000',
);

const bucket = withPattern(
  z.string().min(3).max(63),
  /^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$/,
  "must be the name of a bucket alone: letters, digits, '.', '_' and '-', with a letter or digit at either end; what stands behind a slash is prefix, and the host is endpoint",
);

const region = withPattern(
  z.string().min(1).max(63),
  /^[A-Za-z0-9-]+$/,
  "must be the name of a region, letters, digits and '-': eu-central-1",
);

const storageClass = withRule(
  withPattern(
    z.string().min(1).max(64),
    /^[A-Z][A-Z0-9_]*$/,
    'must be the name of a storage class in capitals: STANDARD_IA',
  ),
  {
    holds: (name) => name !== 'GLACIER' && name !== 'DEEP_ARCHIVE',
    cel: "!(self in ['GLACIER', 'DEEP_ARCHIVE'])",
    message: 'must be a class whose objects can be read at once: a run is read back before it counts',
  },
);

const ObjectLock = z.strictObject({
  mode: z
    .enum(['Compliance', 'Governance'])
    .describe(
      'mode says who may lift the lock. Compliance: nobody, the owner of the account included. Governance: who has the permission for it.',
    ),
  retainSeconds: z
    .int()
    .min(1)
    .max(3_155_760_000)
    .describe(
      'retainSeconds is how long an object cannot be removed, in seconds from its upload. Retention does not remove a run before.',
    ),
});

const s3Fields = z.strictObject({
  bucket: bucket.describe(
    'bucket is the name of the bucket. It must exist. Runs in a former bucket stay where they are.',
  ),
  prefix: relativePath
    .describe(
      'prefix is the path in the bucket below which everything is written. Absent: the bucket itself. Runs under a former prefix stay where they are, and are no longer seen.',
    )
    .optional(),
  region: region
    .describe('region is the region of the bucket, as it goes into signatures.')
    .default('us-east-1'),
  endpoint: endpoint.describe('endpoint is the URL of the store. Absent: AWS, in region.').optional(),
  addressing: z
    .enum(['Auto', 'Path', 'VirtualHost'])
    .describe(
      'addressing says where the bucket stands in a request. Path: behind the host. VirtualHost: before it. Auto: Path with an endpoint, VirtualHost without.',
    )
    .default('Auto'),
  credentialsSecretRef: SecretRef.describe(
    'credentialsSecretRef names a Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN where there is one. Absent: the identity of the pod.',
  ).optional(),
  caSecretKeyRef: SecretKeyRef.describe(
    'caSecretKeyRef names the certificates of the authorities, in PEM form, that may sign the certificate of the endpoint. Absent: the public ones.',
  ).optional(),
  storageClass: storageClass
    .describe('storageClass is the class that objects are stored in. Absent: the default of the bucket.')
    .optional(),
  objectLock: ObjectLock.describe(
    'objectLock locks every object of a run against removal. The bucket must have been made with Object Lock. Absent: no lock.',
  ).optional(),
  partSizeBytes: z
    .int()
    .min(5_242_880)
    .max(5_368_709_120)
    .describe(
      'partSizeBytes is the size in bytes of the parts that an object is uploaded in. Absent: chosen by the size of the database.',
    )
    .optional(),
});

/** A bucket of AWS S3 or of anything that speaks its protocol. */
export const S3Spec = withRule(s3Fields, {
  holds: ({ endpoint: url, caSecretKeyRef }) => caSecretKeyRef === undefined || !url?.startsWith('http://'),
  cel: "!has(self.caSecretKeyRef) || !has(self.endpoint) || !self.endpoint.startsWith('http://')",
  message: 'caSecretKeyRef needs an endpoint that begins with https://',
});
export type S3Spec = z.infer<typeof S3Spec>;
