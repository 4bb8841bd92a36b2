import { z } from 'zod';
import { withPattern, withRule } from '../rule.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = new RegExp(String.raw`^${label}(\.${label})*$`);

const nameMessage =
  "must be the name of an object: lower-case letters, digits, '-' and '.', with a letter or digit at either end, and no namespace before it";

/** The name of an object of a built-in kind, as the API server checks it (DNS subdomain). */
export const objectName = withPattern(z.string().min(1).max(253), subdomain, nameMessage);

/** The name of one of our own objects: it also becomes a label value and a folder in the store. */
export const ownName = withPattern(z.string().min(1).max(63), subdomain, nameMessage);

/** The key of a Secret. It becomes a file name, so `.` and `..` are out. */
const secretKey = withPattern(
  z.string().min(1).max(253),
  /^\.?[A-Za-z0-9_-][A-Za-z0-9._-]*$/,
  "must be a key of a Secret: letters, digits, '.', '-' and '_'",
);

const secretName = objectName.describe('name is the name of the Secret, in the namespace of this object.');
const atomic = { 'x-kubernetes-map-type': 'atomic' } as const;

/** All keys of one Secret. */
export const SecretRef = z.strictObject({ name: secretName }).meta(atomic);

/** One key of a Secret; with a default where the key has a customary name. */
export const SecretKeyRef = z
  .strictObject({
    name: secretName,
    key: secretKey.describe('key is the key in the Secret whose value is used.'),
  })
  .meta(atomic);

export const SigningKeyRef = z
  .strictObject({
    name: secretName,
    key: secretKey
      .describe('key is the key in the Secret that holds the private key in PEM form.')
      .default('signing.key'),
  })
  .meta(atomic);

export const IdentityRef = z
  .strictObject({
    name: secretName,
    key: secretKey
      .describe('key is the key in the Secret that holds the identity, as `age-keygen` writes it.')
      .default('identity'),
  })
  .meta(atomic);

export const RepositoryRef = z
  .strictObject({
    name: ownName.describe('name is the name of the BackupRepository, in the namespace of this object.'),
  })
  .meta(atomic);

const relativePathPattern = /^[A-Za-z0-9_.=-]+(\/[A-Za-z0-9_.=-]+)*$/;

/** A path below a bucket or volume that cannot lead out of it: no leading or doubled slash, no dot segment. */
export const relativePath = withRule(
  withPattern(
    z.string().min(1).max(512),
    relativePathPattern,
    "must be names joined by single slashes, made of letters, digits and . _ = -, without a slash at either end: 'postgres/shop'",
  ),
  {
    holds: (path) => !path.split('/').some((segment) => segment === '.' || segment === '..'),
    cel: "!self.split('/').exists(s, s == '.' || s == '..')",
    message: "must not have '.' or '..' between slashes",
  },
);
