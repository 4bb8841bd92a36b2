import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientMajors, postgresClients } from '../../scripts/tools/postgres.ts';
import { ageDecrypt } from '../../src/stream/age-decrypt.ts';
import { ageEncrypt } from '../../src/stream/age-encrypt.ts';
import { parseRecipient } from '../../src/stream/age-recipient.ts';
import { digestStream } from '../../src/stream/digest.ts';
import type { DecodedArchive } from '../../src/stream/pg-archive/decoder.ts';
import { decodeArchive } from '../../src/stream/pg-archive/decoder.ts';
import { ArchiveDamaged } from '../../src/stream/pg-archive/format.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import { ageDecryptFile, makeKeys } from './worker-harness.ts';

const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));
let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'pgcairn-formats-'));
});
afterAll(async () => {
  await rm(work, { recursive: true, force: true });
});

describe('the stock age program and ours open one another', () => {
  test.each([0, 1, 65_536, 65_537, 20 * 1024 * 1024])('%d bytes', async (size) => {
    const keys = await makeKeys();
    const plain = join(work, `plain-${size}`);
    const data = randomBytes(size);
    await writeFile(plain, data);
    const expected = await digestStream(createReadStream(plain));

    const ours = join(work, `ours-${size}.age`);
    await pipeline(
      createReadStream(plain),
      await ageEncrypt([parseRecipient(keys.recipient)]),
      createWriteStream(ours),
    );
    await ageDecryptFile(keys.identity, ours, join(work, `back-${size}`));
    expect(await digestStream(createReadStream(join(work, `back-${size}`)))).toEqual(expected);

    const theirs = join(work, `theirs-${size}.age`);
    await execa('age', ['-r', keys.recipient, '-o', theirs, plain]);
    const opened = createReadStream(theirs).compose(ageDecrypt([keys.identity]));
    expect(await digestStream(opened)).toEqual(expected);
  });
});

describe('archives of real pg_dumps', () => {
  let server: PostgresServer;
  let clients: string;
  beforeAll(async () => {
    [server, clients] = await Promise.all([startServer('14'), postgresClients()]);
    await server.createDatabase('shop');
    await server.run(interesting, 'shop');
    await server.sql(
      `CREATE TABLE wide AS SELECT g, (SELECT string_agg(md5((g * 100 + i)::text), '''') FROM generate_series(1, 50) i) AS t FROM generate_series(1, 800) g`,
      'shop',
    );
  });
  afterAll(async () => {
    await server?.stop();
  });

  async function dump(major: string, compress: string): Promise<Buffer> {
    const { stdout } = await execa(
      join(clients, major, 'bin/pg_dump'),
      ['-Fc', `--compress=${compress}`, '-d', 'shop'],
      {
        env: {
          PGHOST: server.host,
          PGPORT: String(server.port),
          PGUSER: server.user,
          PGPASSWORD: server.password,
        },
        encoding: 'buffer',
      },
    );
    return Buffer.from(stdout);
  }

  const decode = (archive: Buffer): Promise<DecodedArchive> => decodeArchive(Readable.from([archive]));
  const rowsOf = (archive: DecodedArchive): Map<string, number> =>
    new Map(archive.tables.map(({ namespace, name, rows }) => [`${namespace}.${name}`, rows]));

  const forms = clientMajors.flatMap((major) =>
    (Number(major) >= 16 ? ['zstd:1', 'gzip:1', '0'] : ['1', '0']).map((compress) => ({ major, compress })),
  );
  test.each(forms)(
    'pg_dump $major with --compress=$compress is counted as the server counts',
    async ({ major, compress }) => {
      const archive = await dump(major, compress);
      const decoded = await decode(archive);
      const counted = await server.sql(
        `SELECT n.nspname || '.' || c.relname, (xpath('/row/c/text()', query_to_xml(
         format('SELECT count(*) AS c FROM ONLY %s', c.oid::regclass), false, true, '')))[1]
       FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND c.oid >= 16384
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')`,
        'shop',
      );
      const expected = counted.split('\n').map((line) => line.split('|') as [string, string]);
      const rows = rowsOf(decoded);
      expect(Object.fromEntries(rows)).toEqual(
        Object.fromEntries(expected.map(([name, count]) => [name, Number(count)])),
      );
      expect(decoded.largeObjects.count).toBe(
        Number(await server.sql('SELECT count(*) FROM pg_largeobject_metadata', 'shop')),
      );

      const file = join(work, `list-${major}`);
      await writeFile(file, archive);
      const list = await execa(join(clients, major, 'bin/pg_restore'), ['--list', file]);
      const lines = list.stdout.split('\n').filter((line) => /^\d+;/.test(line));
      // pg_restore leaves out what sets the session or makes the database, and prints every other entry on a line (names with line breaks too).
      const listed = decoded.entries.filter(
        ({ desc }) => !/^(ENCODING|STDSTRINGS|SEARCHPATH|DATABASE.*)$/.test(desc),
      );
      expect(lines.length).toBe(listed.length);
      expect(lines.filter((line) => line.includes(' TABLE DATA ')).length).toBe(decoded.tables.length);
    },
  );

  test('cut at any of many points is refused', async () => {
    const archive = await dump('17', 'zstd:1');
    for (let i = 0; i < 100; i += 1) {
      const length = Math.floor((archive.length * i) / 100);
      await expect(decode(archive.subarray(0, length)), `cut to ${length}`).rejects.toThrow(ArchiveDamaged);
    }
    await expect(decode(archive.subarray(0, -1))).rejects.toThrow(ArchiveDamaged);
  });

  /** Decodes 49 copies, each damaged at another place in the data. */
  async function outcomesOf(archive: Buffer): Promise<{ refused: number; counted: number; unseen: number }> {
    const good = JSON.stringify([...rowsOf(await decode(archive))]);
    const outcomes = { refused: 0, counted: 0, unseen: 0 };
    for (let i = 1; i < 50; i += 1) {
      const at = Math.floor(archive.length * (0.3 + (0.7 * i) / 50));
      const damaged = Buffer.from(archive);
      if (i % 2 === 0) damaged[at] = (damaged[at] ?? 0) ^ (1 << (i % 8));
      else damaged.fill(0, at, Math.min(at + 512, damaged.length));
      const decoded = await decode(damaged).catch((error: unknown) => {
        if (error instanceof ArchiveDamaged) return undefined;
        throw error;
      });
      if (decoded === undefined) outcomes.refused += 1;
      else outcomes[JSON.stringify([...rowsOf(decoded)]) === good ? 'unseen' : 'counted'] += 1;
    }
    return outcomes;
  }

  test('a flipped bit or zeroed bytes in gzip data are refused', async () => {
    const { refused, counted } = await outcomesOf(await dump('17', 'gzip:1'));
    // Some 65 bytes of 5 MB are nobody's: the padding of gzip, and the numbers of large objects.
    expect(refused).toBeGreaterThanOrEqual(48);
    expect(counted).toBe(0);
  });

  test('in zstd data, which pg_dump writes without a checksum, they are refused, counted or left to the digest', async () => {
    const outcomes = await outcomesOf(await dump('17', 'zstd:1'));
    expect(outcomes.refused + outcomes.counted).toBeGreaterThan(0);
    expect(outcomes.refused + outcomes.counted + outcomes.unseen).toBe(49);
  });

  test('without the block of one table is refused, although pg_restore --list lists it', async () => {
    const archive = await dump('17', '0');
    const marker = Buffer.from('\\.\n\n\n');
    const last = archive.lastIndexOf(marker);
    const before = archive.lastIndexOf(marker, last - 1) + marker.length + 5;
    const cut = archive.subarray(0, before);
    await expect(decode(cut)).rejects.toThrow(/without the data of (TABLE DATA|BLOBS)/);
    const file = join(work, 'cut.dump');
    await writeFile(file, cut);
    const list = await execa(join(clients, '17/bin/pg_restore'), ['--list', file]);
    expect(list.exitCode).toBe(0);
    expect((await readFile(file)).length).toBeLessThan(archive.length);
  });
});
