import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';

/** Keys of a shop: what a person would make with age-keygen, openssl and a password manager. */
export interface ShopSecrets {
  readonly recipient: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly password: string;
  /** Manifest list of the Secrets, for kubectl apply. */
  readonly manifests: readonly object[];
  /** The Secret with the private key, for those who drill. */
  readonly identity: object;
  /** Files for opening a backup by hand; private to the user. */
  readonly files: {
    readonly identity: string;
    readonly curlConfig: string;
    readonly passwordFile: string;
    /** The public half of the signing key, for those who check evidence. */
    readonly verifyKey: string;
  };
}

function secret(name: string, stringData: Record<string, string>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

function privateFile(path: string, content: string): string {
  writeFileSync(path, content, { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
}

/** Makes the keys and writes those that a person keeps into `folder`. */
export async function makeSecrets(
  folder: string,
  server: { host: string; port: number },
): Promise<ShopSecrets> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  const signing = generateKeyPairSync('ed25519');
  const accessKey = `demo${randomBytes(6).toString('hex')}`;
  const secretKey = randomBytes(24).toString('base64url');
  const password = randomBytes(18).toString('base64url');
  return {
    recipient,
    accessKey,
    secretKey,
    password,
    manifests: [
      secret('shop-db', {
        host: server.host,
        port: String(server.port),
        dbname: 'shop',
        username: 'postgres',
        password,
      }),
      secret('offsite-s3', { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey }),
      secret('pgcairn-signing', {
        'signing.key': signing.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }),
    ],
    identity: secret('shop-age-identity', { identity: `${identity}\n` }),
    files: {
      identity: privateFile(join(folder, 'identity.txt'), `# public key: ${recipient}\n${identity}\n`),
      curlConfig: privateFile(
        join(folder, 'curl.conf'),
        `user = "${accessKey}:${secretKey}"\naws-sigv4 = "aws:amz:us-east-1:s3"\nheader = "x-amz-content-sha256: UNSIGNED-PAYLOAD"\n`,
      ),
      verifyKey: privateFile(
        join(folder, 'signing.pub'),
        signing.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      ),
      passwordFile: privateFile(join(folder, 'pgpass'), `*:*:*:*:${password}\n`),
    },
  };
}
