import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createScrubber } from '../../src/base/redact.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import { S3Store } from '../../src/storage/s3.ts';
import { verifyEvidenceChain } from '../../src/stream/evidence-chain.ts';
import { createMeter } from '../../src/stream/meter.ts';
import { parseSigningKey, parseVerifyingKey } from '../../src/stream/signing.ts';
import { writeEvidence } from '../../src/worker/drill/evidence.ts';
import { readmeText } from '../../src/worker/readme-text.ts';
import type { Workspace } from '../../src/worker/workspace.ts';
import { failedSample, inconclusiveSample, passedSample } from '../builders/evidence-samples.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startS3Server } from './servers/s3-server.ts';
import type { Keys } from './worker-harness.ts';
import { makeKeys } from './worker-harness.ts';

const script = join(import.meta.dirname, '../../docs/evidence/verify-evidence.sh');
const below = '_drills/shop/shop-monthly/';
const runs = ['20260901T030000Z-a', '20261001T030000Z-b', '20261101T030000Z-c'] as const;
const samples = [passedSample(), failedSample(), inconclusiveSample()];

let server: S3Server;
let keys: Keys;
let others: Keys;
/** What the bucket holds, downloaded: once for all tests. */
let signed: string;
let unsigned: string;
let work: string;
let folder: string;

beforeAll(async () => {
  [server, keys, others] = await Promise.all([startS3Server(), makeKeys(), makeKeys()]);
  signed = await writeAndDownload('signed', keys.signingPem);
  unsigned = await writeAndDownload('unsigned', undefined);
});
afterAll(async () => {
  await server?.stop();
  for (const folder of [signed, unsigned]) await rm(folder, { recursive: true });
});

beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'pgcairn-by-hand-'));
  folder = join(work, 'shop-monthly');
  await execa('cp', ['-r', signed, folder]);
  await writeFile(join(work, 'signing.pub'), keys.publicPem);
  await writeFile(join(work, 'other.pub'), others.publicPem);
});
afterEach(() => rm(work, { recursive: true }));

async function writeAndDownload(bucket: string, pem: string | undefined): Promise<string> {
  await server.makeBucket(bucket);
  const store = new S3Store(server.spec(bucket), server.access, {});
  const workspace: Workspace = {
    root: '/nowhere',
    version: '0.0.0',
    logger: silentLogger,
    scrubber: createScrubber(),
    clock: systemClock,
    meter: createMeter(() => systemClock.monotonic()),
    signal: new AbortController().signal,
    store,
    recipients: [],
    signingKey: pem === undefined ? undefined : parseSigningKey(pem),
  };
  for (const [index, sample] of samples.entries())
    await writeEvidence(workspace, { ...draftOf(sample), runId: runs[index] ?? '' });
  const target = await mkdtemp(join(tmpdir(), 'pgcairn-evidence-'));
  for await (const { key } of store.list(below)) {
    const file = join(target, key.slice(below.length));
    await mkdir(dirname(file), { recursive: true });
    const body = await store.get(key);
    if (body !== undefined) await writeFile(file, await buffer(body));
  }
  await store.close();
  return target;
}

function draftOf(sample: Evidence): Parameters<typeof writeEvidence>[1] {
  const { sequence: _s, previous: _p, past: _past, chain: _c, signedBy: _k, ...draft } = sample;
  return draft;
}

interface Said {
  readonly exitCode: number | undefined;
  readonly said: string;
}

async function check(key = join(work, 'signing.pub'), ...more: readonly string[]): Promise<Said> {
  return execa('sh', [script, folder, key, ...more], { reject: false, all: true }).then(ended);
}

function ended({ exitCode, all }: { exitCode?: number | undefined; all: string }): Said {
  return { exitCode, said: all };
}

/** The verdict of pgcairn itself on the same folder. */
async function isValid(pem = keys.publicPem): Promise<boolean> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const file = join(entry.parentPath, entry.name);
      files.set(file.slice(folder.length + 1), await readFile(file));
    }
  return verifyEvidenceChain(files, [parseVerifyingKey(pem)]).valid;
}

describe('the script of the documentation', () => {
  it('has at most forty lines and asks for nothing but a shell, openssl and sha256sum', async () => {
    const text = await readFile(script, 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect(text).not.toMatch(/\b(jq|python|node|curl|awk|pgcairn evidence)\b/);
  });

  it('finds what a worker left in a bucket sound, number by number', async () => {
    const { exitCode, said } = await check();
    expect(said.split('\n')).toEqual([
      expect.stringMatching(`^number 1, run ${runs[0]}: Passed, sha256:[0-9a-f]{64}$`),
      expect.stringMatching(`^number 2, run ${runs[1]}: Failed, sha256:[0-9a-f]{64}$`),
      expect.stringMatching(`^number 3, run ${runs[2]}: Inconclusive, sha256:[0-9a-f]{64}$`),
      'All of it holds.',
    ]);
    expect({ exitCode, own: await isValid() }).toEqual({ exitCode: 0, own: true });
  });

  it('finds one changed bit in any file, as pgcairn does', async () => {
    const missed: string[] = [];
    for (const run of [runs[0], runs[2]])
      for (const name of await readdir(join(folder, run))) {
        const path = join(folder, run, name);
        const file = await readFile(path);
        for (let part = 0; part < 12; part += 1) {
          const at = Math.min(file.length - 1, Math.floor((file.length * part) / 11));
          const changed = Buffer.from(file);
          changed[at] = (file[at] ?? 0) ^ 1;
          await writeFile(path, changed);
          const { exitCode } = await check();
          if (exitCode === 0 || (await isValid())) missed.push(`${run}/${name}, byte ${String(at)}`);
        }
        await writeFile(path, file);
      }
    expect(missed).toEqual([]);
    expect((await check()).exitCode).toBe(0);
  });

  it('finds a changed name of the key, which no signature covers', async () => {
    const path = join(folder, runs[2], 'evidence.dsse.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"keyid": "SHA256:', '"keyid": "SHA256:x'));
    expect((await check()).said).toContain('another form');
    expect(await isValid()).toBe(false);
  });

  it('finds evidence that is missing in the middle, and that older evidence is not there', async () => {
    await rename(join(folder, runs[1]), join(work, 'kept'));
    const gap = await check();
    expect(gap).toMatchObject({ exitCode: 1, said: expect.stringContaining('number 2') });
    expect(gap.said).not.toContain('No such file');
    await rm(join(folder, runs[0]), { recursive: true });
    await rename(join(work, 'kept'), join(folder, runs[1]));
    expect(await check()).toMatchObject({ exitCode: 1, said: expect.stringContaining('number 1') });
    expect(await check(join(work, 'signing.pub'), '2')).toMatchObject({
      exitCode: 0,
      said: expect.stringMatching(/^number 2[^]*All of it holds\.$/),
    });
  });

  it('finds evidence that another put in place of what was there', async () => {
    const other = await writeAndDownload('other', others.signingPem);
    await rm(join(folder, runs[0]), { recursive: true });
    await execa('cp', ['-r', join(other, runs[0]), folder]);
    await rm(other, { recursive: true });
    expect((await check()).said).toContain('not signed by this key');
  });

  it('finds one sound evidence in place of another', async () => {
    await rm(join(folder, runs[1]), { recursive: true });
    await execa('cp', ['-r', join(folder, runs[0]), join(folder, runs[1])]);
    expect((await check()).said).toContain('of another run');
  });

  it('refuses another key, and none', async () => {
    expect((await check(join(work, 'other.pub'))).said).toContain('not signed by this key');
    expect((await check('unsigned')).said).toContain('another form');
  });

  it('says how it is used where the key, the folder or both are missing, and not that evidence was changed', async () => {
    await writeFile(join(work, 'no-key.pub'), 'hello');
    const missing = [
      await check(join(work, 'no-such.pub')),
      await check(join(work, 'no-key.pub')),
      await execa('sh', [script], { reject: false, all: true }).then(ended),
      await execa('sh', [script, join(work, 'nowhere'), join(work, 'signing.pub')], {
        reject: false,
        all: true,
      }).then(ended),
      await execa('sh', [script, join(folder, runs[0]), 'unsigned'], { reject: false, all: true }).then(
        ended,
      ),
    ];
    for (const { exitCode, said } of missing) {
      expect(exitCode).toBe(2);
      expect(said).toMatch(/^usage: verify-evidence\.sh FOLDER KEY/m);
      expect(said).not.toMatch(/FAULT|^number/m);
    }
  });

  it('checks what is not signed when told so, and never takes it for signed', async () => {
    await rm(folder, { recursive: true });
    await execa('cp', ['-r', unsigned, folder]);
    expect(await check('unsigned')).toMatchObject({ exitCode: 0 });
    expect((await check()).exitCode).not.toBe(0);
    const path = join(folder, runs[1], 'evidence.html');
    await writeFile(path, (await readFile(path, 'utf8')).replace('Failed', 'Passed'));
    expect((await check('unsigned')).said).toContain('evidence.html is not the file');
  });

  it('does not take an empty folder for sound', async () => {
    await rm(folder, { recursive: true });
    await mkdir(folder);
    expect((await check()).exitCode).not.toBe(0);
  });

  it('says of a drill that was cut short that it left no evidence', async () => {
    await mkdir(join(folder, '20261102T030000Z-d'));
    await writeFile(join(folder, '20261102T030000Z-d/evidence.json'), '{}');
    expect(await check()).toMatchObject({
      exitCode: 0,
      said: expect.stringContaining('no evidence in 20261102T030000Z-d'),
    });
  });
});

describe('the commands on the page itself', () => {
  /** Runs every block of commands of a page in its folder. */
  async function follow(root: string, run: string): Promise<{ exitCode: number | undefined; said: string }> {
    const page = await readFile(join(root, run, 'evidence.html'), 'utf8');
    const section = page.slice(page.indexOf('<section id="by-hand">'));
    const blocks = [...section.matchAll(/<pre>([^]*?)<\/pre>/g)].map((match) => unescaped(match[1] ?? ''));
    await writeFile(join(root, run, 'signing.pub'), keys.publicPem);
    const { exitCode, all } = await execa('sh', ['-ec', blocks.join('\n')], {
      cwd: join(root, run),
      reject: false,
      all: true,
    });
    return { exitCode, said: all };
  }

  it('check both files, the signature, the key and the evidence before', async () => {
    const { exitCode, said } = await follow(folder, runs[1]);
    const document = JSON.parse(await readFile(join(folder, runs[1], 'evidence.json'), 'utf8')) as Evidence;
    expect(exitCode).toBe(0);
    expect(said.split('\n')).toEqual([
      'evidence.json: OK',
      'evidence.html: OK',
      'Signature Verified Successfully',
      `${document.signedBy?.slice('SHA256:'.length)}=`,
      `${document.previous?.digest.slice('sha256:'.length)}  ../${runs[0]}/evidence.dsse.json`,
    ]);
  });

  it('find a changed document', async () => {
    const path = join(folder, runs[1], 'evidence.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"Failed"', '"Passed"'));
    expect((await follow(folder, runs[1])).said).toContain('evidence.json: FAILED');
  });

  it('say nothing of a signature where there is none', async () => {
    await rm(folder, { recursive: true });
    await execa('cp', ['-r', unsigned, folder]);
    const { exitCode, said } = await follow(folder, runs[0]);
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: 'evidence.json: OK\nevidence.html: OK' });
  });
});

describe('the commands of the README at the prefix', () => {
  async function follow(run: string): Promise<{ exitCode: number | undefined; said: string }> {
    const section = readmeText.slice(readmeText.indexOf('## Was it rehearsed?'));
    const commands = section.split('\n').filter((line) => line.startsWith('    '));
    await writeFile(join(folder, run, 'signing.pub'), keys.publicPem);
    const { exitCode, all } = await execa('bash', ['-eo', 'pipefail', '-c', commands.join('\n')], {
      cwd: join(folder, run),
      reject: false,
      all: true,
    });
    return { exitCode, said: all };
  }

  it('check both files and the signature, and print verdict, number and the digest of the evidence before', async () => {
    const { exitCode, said } = await follow(runs[1]);
    const before = await execa('sha256sum', [`../${runs[0]}/evidence.dsse.json`], {
      cwd: join(folder, runs[1]),
    });

    expect(exitCode).toBe(0);
    expect(said).toMatch(/^evidence\.json: OK\nevidence\.html: OK\nSignature Verified Successfully\n/);
    expect(JSON.parse(said.slice(said.indexOf('\n{') + 1))).toMatchObject({
      verdict: 'Failed',
      sequence: 2,
      previous: { runId: runs[0], digest: `sha256:${before.stdout.split(' ')[0] ?? ''}` },
    });
  });

  it.each(['evidence.json', 'evidence.html', 'evidence.dsse.json'])('find a changed %s', async (name) => {
    const path = join(folder, runs[1], name);
    await writeFile(path, (await readFile(path, 'utf8')).replace(/[1-8]/, '9'));
    expect((await follow(runs[1])).exitCode).not.toBe(0);
  });
});

function unescaped(text: string): string {
  const names: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return text.replace(/&([a-z]+|#39);/g, (_, name: string) => names[name] ?? '');
}
