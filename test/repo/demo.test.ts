import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArguments } from '../../demo/arguments.ts';

const program = join(import.meta.dirname, '../../demo/demo.ts');
let cache: string;

beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'pgcairn-demo-'));
});
afterAll(() => {
  rmSync(cache, { recursive: true, force: true });
});

interface End {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function demo(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<End> {
  return await execa(process.execPath, [program, ...args], {
    env: { XDG_CACHE_HOME: cache, PGCAIRN_CLUSTER: '', PGCAIRN_CLUSTER_NAME: 'nobody-has-this', ...env },
    reject: false,
  });
}

describe('the demo', () => {
  it('says how it is used', async () => {
    const { exitCode, stdout, stderr } = await demo(['--help']);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^usage: npm run demo.*--size MB.*--down.*--help/s);
  });

  it('refuses what it does not know in a sentence, and begins nothing', async () => {
    const { exitCode, stdout, stderr } = await demo(['--nonsense']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^Unknown option '--nonsense'.*\n\nusage: npm run demo/);
    expect(stderr).not.toContain('    at ');
  });

  it.each([
    [['up'], "Unexpected argument 'up'"],
    [['--size'], "Option '--size <value>' argument missing"],
    [['--size', 'much'], '--size much: must be a whole number of megabytes'],
  ])('takes no %j', (args, because) => {
    expect(readArguments(args)).toEqual({
      kind: 'wrong',
      because: expect.stringContaining(because) as string,
    });
  });

  it('leaves a cluster that was given as it is, and the folder of another', async () => {
    const folders = ['demo', 'demo-nobody-has-this'].map((name) => join(cache, 'pgcairn', name));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    const { exitCode, stdout } = await demo(['--down'], { KUBECONFIG: join(cache, 'no-such-config') });

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^the cluster of KUBECONFIG=\S+no-such-config is left as it is/);
    expect(stdout).toContain('env -u KUBECONFIG npm run demo -- --down');
    expect(folders.filter((folder) => !existsSync(folder))).toEqual([]);
  });

  it('removes the folder of its own cluster alone', async () => {
    const [other, own] = ['demo', 'demo-nobody-has-this'].map((name) => join(cache, 'pgcairn', name));
    for (const folder of [other, own]) mkdirSync(folder!, { recursive: true });
    const { exitCode, stdout } = await demo(['--down'], { PGCAIRN_CLUSTER: 'native' });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('the native cluster nobody-has-this and what the demo wrote');
    expect([other, own].map((folder) => existsSync(folder!))).toEqual([true, false]);
  });
});
