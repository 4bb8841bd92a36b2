import { rmSync } from 'node:fs';
import { cp, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Manifest } from '../../src/domain/manifest.ts';
import { ageEncrypt } from '../../src/stream/age-encrypt.ts';
import { ageDecrypt } from '../../src/stream/age-decrypt.ts';
import { parseRecipient } from '../../src/stream/age-recipient.ts';
import { digestOf } from '../../src/stream/digest.ts';
import { parseSigningKey } from '../../src/stream/signing.ts';
import { manifestFile, parseManifestFile } from '../../src/worker/manifest-file.ts';
import { drillTask, evidenceOn, factsOf, localServer, makeDrillPod } from './drill-harness.ts';
import { reportOf } from './report-of.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';
import type { Keys, WorkerPod } from './worker-harness.ts';
import { backupTask, makeKeys, repositoryOn, runOf } from './worker-harness.ts';

const major = '16';
let server: PostgresServer;
let pod: WorkerPod;
let keys: Keys;
let otherKeys: Keys;
/** Oldest first. */
let runs: { runId: string; snapshotTime: string }[];

beforeAll(async () => {
  [server, keys, otherKeys] = await Promise.all([
    startServer(major, { initdb: ['--locale', 'C'] }),
    makeKeys(),
    makeKeys(),
  ]);
  await server.createDatabase('shop');
  await server.sql(
    `CREATE TABLE item AS SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 5000) g; CREATE INDEX ON item (id);
     CREATE TABLE word (word text CHECK (lower(word) = word)); INSERT INTO word VALUES ('Ä');`,
    'shop',
  );
  pod = await makeDrillPod({ server, keys });
  runs = [];
  for (let made = 0; made < 3; made += 1)
    runs.push(
      runOf(await pod.run(backupTask(repositoryOn(undefined, keys), { databases: { names: ['shop'] } }))),
    );
  await cp(pod.volume, join(pod.root, 'pristine'), { recursive: true });
});
afterAll(async () => {
  await Promise.all([pod?.remove(), server?.stop()]);
});
beforeEach(async () => {
  await rm(pod.volume, { recursive: true });
  await cp(join(pod.root, 'pristine'), pod.volume, { recursive: true });
});

const oldest = (): string => runs[0]!.runId;
const middle = (): string => runs[1]!.runId;
const newest = (): string => runs[2]!.runId;
const folder = (runId: string): string => join(pod.volume, 'shop/shop', runId);
const file = (runId: string, name: string): string => join(folder(runId), name);

async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

/** What somebody can do who has the signing key. */
async function signAnew(runId: string, change: (manifest: Manifest) => Manifest, by = keys): Promise<void> {
  const path = file(runId, 'manifest.json');
  const read = parseManifestFile(await readFile(path), undefined);
  if ('fault' in read) throw new Error(read.fault);
  await writeFile(path, manifestFile(change(read.manifest), parseSigningKey(by.signingPem)));
}

/** Puts other bytes in the place of an object, and has the manifest say that they are right. */
async function forge(
  name: string,
  change: (bytes: Buffer) => Promise<Buffer> | Buffer,
  { plain = false }: { plain?: boolean } = {},
): Promise<void> {
  const path = file(newest(), name);
  const opened = await readFile(path);
  const bytes = plain ? await buffer(Readable.from([opened]).compose(ageDecrypt([keys.identity]))) : opened;
  const changed = await change(bytes);
  const recipient = parseRecipient(keys.recipient);
  const sealed = plain
    ? await buffer(Readable.from([changed]).compose(await ageEncrypt([recipient])))
    : changed;
  await writeFile(path, sealed);
  await signAnew(newest(), (manifest) => ({
    ...manifest,
    objects: manifest.objects.map((object) =>
      object.path === name
        ? { ...object, stored: digestOf(sealed), ...(plain ? { plain: digestOf(changed) } : {}) }
        : object,
    ),
  }));
}

interface Damage {
  readonly name: string;
  readonly harm: () => Promise<unknown>;
  readonly spec?: object;
  readonly knows?: boolean;
  readonly check: string;
  readonly words: RegExp;
}

const damages: Damage[] = [
  ...['shop.dump.age', 'globals.sql.age', 'inventory.json.age'].map((name) => ({
    name: `a flipped bit in ${name}`,
    harm: () => flip(file(newest(), name)),
    check: 'Digests',
    words: new RegExp(`object ${name} has .* the manifest says`),
  })),
  {
    name: 'a dump that was cut',
    harm: () => truncate(file(newest(), 'shop.dump.age'), 1000),
    check: 'Digests',
    words: /object shop\.dump\.age has 1000 bytes, not/,
  },
  {
    name: 'an empty dump',
    harm: () => truncate(file(newest(), 'shop.dump.age'), 0),
    check: 'Digests',
    words: /object shop\.dump\.age has 0 bytes, not/,
  },
  {
    name: 'a dump that is missing',
    harm: () => rm(file(newest(), 'shop.dump.age')),
    check: 'Digests',
    words: /object shop\.dump\.age is missing/,
  },
  {
    name: 'the dump of another run',
    harm: () => cp(file(oldest(), 'shop.dump.age'), file(newest(), 'shop.dump.age')),
    check: 'Digests',
    words: /object shop\.dump\.age has/,
  },
  {
    name: 'the manifest of another run',
    harm: () => cp(file(oldest(), 'manifest.json'), file(newest(), 'manifest.json')),
    check: 'Signature',
    words: /it is the manifest of run/,
  },
  {
    name: 'a run that was copied to a later name',
    harm: () => cp(folder(oldest()), folder('20301231T000000Z'), { recursive: true }),
    check: 'Signature',
    words: /run 20301231T000000Z: it is the manifest of run/,
  },
  {
    name: 'a manifest with another signature key',
    harm: () => signAnew(newest(), (manifest) => manifest, otherKeys),
    check: 'Signature',
    words: /signed by another key/,
  },
  {
    name: 'a manifest without signature',
    harm: async () => {
      const envelope = JSON.parse(await readFile(file(newest(), 'manifest.json'), 'utf8')) as object;
      await writeFile(file(newest(), 'manifest.json'), JSON.stringify({ ...envelope, signatures: [] }));
    },
    check: 'Signature',
    words: /it is not signed/,
  },
  {
    name: 'a manifest that was changed',
    harm: async () => {
      const envelope = JSON.parse(await readFile(file(newest(), 'manifest.json'), 'utf8')) as {
        payload: string;
      };
      const text = Buffer.from(envelope.payload, 'base64').toString().replace('"sequence":3', '"sequence":4');
      const payload = Buffer.from(text).toString('base64');
      await writeFile(file(newest(), 'manifest.json'), JSON.stringify({ ...envelope, payload }));
    },
    check: 'Signature',
    words: /its signature does not hold/,
  },
  {
    name: 'a manifest that is none',
    harm: () => writeFile(file(newest(), 'manifest.json'), '{}'),
    check: 'Signature',
    words: /not a DSSE envelope/,
  },
  {
    name: 'a chosen run that does not hold',
    harm: () => writeFile(file(middle(), 'manifest.json'), '{}'),
    spec: { pick: 'middle' },
    check: 'Signature',
    words: /not a DSSE envelope/,
  },
  {
    name: 'a store that was put back',
    harm: () => rm(folder(newest()), { recursive: true }),
    knows: true,
    check: 'Sequence',
    words: /is known to have been made and is not there/,
  },
  {
    name: 'a number that two runs have',
    harm: () => signAnew(middle(), (manifest) => ({ ...manifest, sequence: 1 })),
    check: 'Sequence',
    words: /both say that they are number 1/,
  },
  {
    name: 'an older manifest that was signed anew',
    harm: () => signAnew(middle(), (manifest) => ({ ...manifest, suspicious: true })),
    check: 'Sequence',
    words: /with another manifest than the one that lies there/,
  },
  {
    name: 'an object that does not open',
    harm: () => forge('shop.dump.age', (bytes) => bytes.subarray(0, bytes.length - 40)),
    check: 'Decryption',
    words: /object shop\.dump\.age does not open: chunk \d+ does not authenticate/,
  },
  {
    name: 'an object of the same length with other contents',
    harm: async () => {
      const dump = await readFile(file(oldest(), 'inventory.json.age'));
      await forge('inventory.json.age', () => dump);
    },
    check: 'Decryption',
    words: /object inventory\.json\.age opens to/,
  },
  {
    name: 'an inventory that is none',
    harm: () => forge('inventory.json.age', () => Buffer.from('{}'), { plain: true }),
    check: 'Decryption',
    words: /inventory of the run is none of this version/,
  },
  {
    name: 'an inventory without the database',
    harm: () =>
      forge(
        'inventory.json.age',
        (text) => Buffer.from(text.toString().replaceAll('"database": "shop"', '"database": "other"')),
        { plain: true },
      ),
    check: 'Decryption',
    words: /says nothing of database shop/,
  },
  {
    name: 'a dump that was cut before it was encrypted',
    harm: () => forge('shop.dump.age', (dump) => dump.subarray(0, dump.length - 3000), { plain: true }),
    check: 'Restore',
    words: /database shop: /,
  },
  ...[
    { name: 'a dump that was empty', change: () => Buffer.alloc(0), words: 'byte 0: the archive ends' },
    {
      name: 'words of pg_dump in place of a dump',
      change: () => Buffer.from('pg_dump: error: connection to server at "db" failed\n'),
      words: 'byte 0: this is no pg_dump archive',
    },
    {
      name: 'a dump that was cut in its table of contents',
      change: (dump: Buffer) => dump.subarray(0, 500),
      words: 'byte \\d+: the archive ends inside its table of contents',
    },
  ].map(({ name, change, words }) => ({
    name: `${name} before it was encrypted`,
    harm: () => forge('shop.dump.age', change, { plain: true }),
    check: 'Restore',
    words: new RegExp(`the dump of database shop cannot be read: ${words}`),
  })),
  {
    name: 'a dump with another definition in it',
    harm: () =>
      forge(
        'shop.dump.age',
        (dump) =>
          Buffer.from(
            dump.toString('latin1').replace('TABLE public.item (', 'TABLE public.itex ('),
            'latin1',
          ),
        { plain: true },
      ),
    check: 'Restore',
    words: /relation "public\.item" does not exist/,
  },
];

describe('what is wrong with a run is found before it is trusted', () => {
  test.each(damages)('$name', async ({ harm, spec, knows, check, words }) => {
    await harm();
    const source = spec === undefined ? {} : { source: { backupRef: { name: 'shop' }, pick: middle() } };
    const known = runs[2]!;
    const remembered = { newest: { runId: known.runId, snapshotTime: known.snapshotTime } };
    const task = drillTask(repositoryOn(undefined, keys), source, knows === true ? remembered : {});

    const facts = factsOf(await pod.run(task, { localServer: await localServer(major) }));

    expect(facts).toMatchObject({ verdict: 'Failed', reason: check });
    expect(facts.message).toMatch(words);
    const { checks, phases } = await evidenceOn(pod, facts);
    expect(checks.filter(({ outcome }) => outcome === 'Failed').map(({ id }) => id)).toEqual([check]);
    expect(phases.some(({ name }) => name === 'Analyse')).toBe(false);
  });
});

test('what is wrong with a run that is not meant does not fail the drill, and is said', async () => {
  await writeFile(file(middle(), 'manifest.json'), '{}');
  const task = drillTask(repositoryOn(undefined, keys));
  const facts = factsOf(await pod.run(task, { localServer: await localServer(major) }));
  expect(facts).toMatchObject({ verdict: 'Passed', backupRunId: newest() });
  const { checks } = await evidenceOn(pod, facts);
  expect(checks.find(({ id }) => id === 'Signature')?.detail).toContain(`${middle()}: it is not a DSSE`);
});

test('that a run is suspiciously small is said', async () => {
  await signAnew(newest(), (manifest) => ({ ...manifest, suspicious: true }));
  const task = drillTask(repositoryOn(undefined, keys));
  const facts = factsOf(await pod.run(task, { localServer: await localServer(major) }));
  expect(facts).toMatchObject({ verdict: 'Passed', rows: 5001 });
  expect(facts.message).toMatch(/; the run is suspiciously smaller than the one before it$/);
  expect((await evidenceOn(pod, facts)).backup).toMatchObject({ suspicious: true });
});

describe('after the key of the repository was changed', () => {
  const byAnother = (runId: string): Promise<void> => signAnew(runId, (manifest) => manifest, otherKeys);
  const drill = async (pick: string) => {
    const task = drillTask(repositoryOn(undefined, keys), { source: { backupRef: { name: 'shop' }, pick } });
    return factsOf(await pod.run(task, { localServer: await localServer(major) }));
  };

  test('the oldest run is the oldest that the present key signed, and how many were passed over is said', async () => {
    await Promise.all([byAnother(oldest()), byAnother(middle())]);
    const facts = await drill('Oldest');
    expect(facts).toMatchObject({ verdict: 'Passed', backupRunId: newest() });
    expect(facts.message).toMatch(/; passed over: 2 earlier runs that another key/);
    const { checks } = await evidenceOn(pod, facts);
    expect(checks.find(({ id }) => id === 'Signature')?.detail).toMatch(
      new RegExp(`${oldest()}: it is signed by another key.*; passed over: 2 earlier runs`),
    );
  });

  test('a run from before is damaged for who names it', async () => {
    await byAnother(oldest());
    const facts = await drill(oldest());
    expect(facts).toMatchObject({ verdict: 'Failed', reason: 'Signature' });
    expect(facts.message).toContain('signed by another key');
  });

  test('and none was made since, nothing can be said of the oldest', async () => {
    await Promise.all(runs.map(({ runId }) => byAnother(runId)));
    const facts = await drill('Oldest');
    expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'NoSuchRun' });
    expect(facts.message).toContain('3 runs are there, and the key of the repository signed none');
  });
});

test('a run that retention takes away while it is fetched is not called damaged', async () => {
  const onStep = (name: string): void => {
    if (name === 'fetching objects') rmSync(folder(newest()), { recursive: true });
  };
  const task = drillTask(repositoryOn(undefined, keys));
  const facts = factsOf(await pod.run(task, { localServer: await localServer(major), onStep }));
  expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'NoSuchRun' });
});

test('an extension that the server lacks leaves open whether the backup is good', async () => {
  const named =
    '"extensions": [\n    {\n     "name": "unheard_of", "version": "1", "schema": "public"\n    },';
  await forge(
    'inventory.json.age',
    (text) => Buffer.from(text.toString().replace('"extensions": [', named)),
    { plain: true },
  );
  const task = drillTask(repositoryOn(undefined, keys));
  const facts = factsOf(await pod.run(task, { localServer: await localServer(major) }));
  expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerUnfit' });
  expect(facts.message).toMatch(/extension unheard_of \(database \w+\)/);
});

test('what a row is refused for in another locale leaves open whether the backup is good', async () => {
  // Where this stands for C, the one that takes its place knows small letters beyond ASCII.
  const locale = '"collate": "xx_YY.UTF-8"';
  await forge(
    'inventory.json.age',
    (text) => Buffer.from(text.toString().replace(/"collate": ?"C"/, locale)),
    { plain: true },
  );
  const task = drillTask(repositoryOn(undefined, keys));
  const facts = factsOf(await pod.run(task, { localServer: await localServer(major) }));
  expect(facts).toMatchObject({ verdict: 'Inconclusive', reason: 'DrillServerUnfit' });
  expect(facts.message).toMatch(
    /has the locale C\.UTF-8 instead of xx_YY\.UTF-8 .* violates check constraint/,
  );
});

test('the server of a drill that failed stays for a look, after all has been said', async () => {
  await forge(
    'inventory.json.age',
    (text) => Buffer.from(text.toString().replace('"rows": 5000', '"rows": 5001')),
    {
      plain: true,
    },
  );
  const stop = new AbortController();
  const task = drillTask(repositoryOn(undefined, keys), { keepFailedSeconds: 600 });
  const running = pod.run(task, { localServer: await localServer(major), signal: stop.signal });
  await rm(join(pod.root, 'termination-log'), { force: true });
  const report = await reportOf(pod);
  await vi.waitFor(async () => expect(await pod.progress()).toMatchObject({ ended: true }), {
    timeout: 60_000,
  });
  const client = new pg.Client({
    host: await realpath(join(pod.root, 'socket')),
    user: 'postgres',
    database: 'shop',
  });
  await client.connect();
  const { rows } = await client.query('SELECT count(*)::int AS count FROM item');
  await client.end();
  stop.abort();

  expect(rows).toEqual([{ count: 5000 }]);
  expect(report).toMatchObject({ kind: 'drill', drill: { verdict: 'Failed', reason: 'Rows' } });
  const ending = await running;
  expect(ending).toMatchObject({ exitCode: 0, report });
});
