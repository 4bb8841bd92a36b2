import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import { ageDecrypt, AgeUndecryptable } from './age-decrypt.ts';
import { ageEncrypt } from './age-encrypt.ts';
import { parseRecipient } from './age-recipient.ts';

const chunk = 65_536;
let identities: string[];
let recipients: ReturnType<typeof parseRecipient>[];

beforeAll(async () => {
  identities = await Promise.all([generateX25519Identity(), generateX25519Identity()]);
  recipients = await Promise.all(
    identities.map(async (identity) => parseRecipient(await identityToRecipient(identity))),
  );
});

function inPieces(data: Buffer, bytes: number): Readable {
  const pieces: Buffer[] = [];
  for (let from = 0; from < data.length; from += bytes) pieces.push(data.subarray(from, from + bytes));
  return Readable.from(pieces);
}

const encrypt = async (data: Buffer, bytes = 10_007): Promise<Buffer> =>
  await buffer(inPieces(data, bytes).pipe(await ageEncrypt(recipients)));
const decrypt = async (data: Buffer, identity = identities[0] ?? '', bytes = 9_973): Promise<Buffer> =>
  await buffer(inPieces(data, bytes).compose(ageDecrypt([identity])));

test.each([0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 5 * chunk + 3])(
  '%d bytes come back for every recipient',
  async (size) => {
    const plain = randomBytes(size);
    const sealed = await encrypt(plain);
    for (const identity of identities) expect((await decrypt(sealed, identity)).equals(plain)).toBe(true);
  },
);

describe('a file is refused', () => {
  const plain = randomBytes(3 * chunk);

  test('by an identity that it was not made for', async () => {
    const stranger = await generateX25519Identity();
    await expect(decrypt(await encrypt(plain), stranger)).rejects.toThrow(AgeUndecryptable);
  });

  test('when one bit flipped anywhere', async () => {
    const sealed = await encrypt(plain);
    for (const at of [30, 200, 400, sealed.length - 70_000, sealed.length - 1]) {
      const flipped = Buffer.from(sealed);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await expect(decrypt(flipped)).rejects.toThrow(AgeUndecryptable);
    }
  });

  test('when it was cut, also between two chunks', async () => {
    const sealed = await encrypt(plain);
    for (const cut of [1, 16, chunk + 16, 2 * (chunk + 16), sealed.length - 100])
      await expect(decrypt(sealed.subarray(0, sealed.length - cut))).rejects.toThrow(AgeUndecryptable);
  });

  test('when two chunks changed places, or bytes follow its end', async () => {
    const sealed = await encrypt(plain);
    const payload = sealed.length - 3 * (chunk + 16);
    const [a, b] = [0, 1].map((i) =>
      sealed.subarray(payload + i * (chunk + 16), payload + (i + 1) * (chunk + 16)),
    );
    const swapped = Buffer.concat([
      sealed.subarray(0, payload),
      b!,
      a!,
      sealed.subarray(payload + 2 * (chunk + 16)),
    ]);
    await expect(decrypt(swapped)).rejects.toThrow(AgeUndecryptable);
    await expect(decrypt(Buffer.concat([sealed, Buffer.from('x')]))).rejects.toThrow(AgeUndecryptable);
  });

  test('when it is no age file', async () => {
    await expect(decrypt(Buffer.from('PGDMP'))).rejects.toThrow('this is no age file');
  });
});

test('no two files of one text share bytes after their headers', async () => {
  const plain = Buffer.alloc(1000);
  const [one, two] = [await encrypt(plain), await encrypt(plain)];
  expect(one.subarray(-1000).equals(two.subarray(-1000))).toBe(false);
});

describe('a recipient', () => {
  test('is taken with space around it', () => {
    expect(parseRecipient(` ${recipients[0]}\n`)).toBe(recipients[0]);
  });

  test.each([
    'age1tagzuk7kdxp3z00qjdw7ucayk0jpnnzevtx9ayeg9jkdzs44hgksfa6qyq',
    'age1pqg9pxrmaazwe8t7wx9kztdwl422aqtfmcupmxczxh27uw33jfqqvc5ynt',
  ])('of X25519 is taken although it begins like another kind: %s', async (text) => {
    expect(parseRecipient(text)).toBe(text);
    await expect(ageEncrypt([parseRecipient(text)])).resolves.toBeDefined();
  });

  test.each([
    ['', /empty/],
    ['ssh-ed25519 AAAA', /SSH key/],
    ['age1tag1qqqq', /hardware token/],
    ['age1tagpq1qqqq', /hardware token/],
    ['age1yubikey1qqqq', /hardware token/],
    ['age1qqqq', /misspelt or cut/],
    ['hello', /not an age public key/],
  ])('%j is refused', (text, message) => {
    expect(() => parseRecipient(text)).toThrow(message);
    expect(() => parseRecipient(text)).toThrow(expect.objectContaining({ reason: 'RecipientInvalid' }));
  });

  test('that is a private key is refused without repeating it', () => {
    const identity = identities[0] ?? '';
    expect(() => parseRecipient(identity)).toThrow(/private key/);
    expect(() => parseRecipient(identity)).not.toThrow(new RegExp(identity.slice(20, 30)));
  });
});
