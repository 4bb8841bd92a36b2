import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cached, fileInputs, keyOf } from '../../../scripts/tools/cache.ts';
import { waitFor } from './kubectl.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

describe('the cache', () => {
  it('builds once for the same inputs and again for others', async () => {
    const built: string[] = [];
    for (const input of ['a', 'a', 'b']) {
      await cached({ root, name: 'thing', inputs: [input] }, async () => void built.push(input));
    }
    expect(built).toEqual(['a', 'b']);
  });

  it('tells inputs apart that are equal when joined', () => {
    expect(keyOf(['ab', 'c'])).not.toBe(keyOf(['a', 'bc']));
  });

  it('notices a file that changed, and one that only moved', async () => {
    await writeFile(join(root, 'one'), 'text');
    const first = keyOf(await fileInputs([root]));
    await writeFile(join(root, 'one'), 'changed');
    const changed = keyOf(await fileInputs([root]));
    await rm(join(root, 'one'));
    await writeFile(join(root, 'two'), 'text');
    const moved = keyOf(await fileInputs([root]));
    expect(new Set([first, changed, moved]).size).toBe(3);
  });

  it('lets one of two builders work while the other waits for the result', async () => {
    let builds = 0;
    const build = async (folder: string): Promise<void> => {
      builds += 1;
      await sleep(200);
      await writeFile(join(folder, 'result'), 'whole');
    };
    const entry = { root, name: 'thing', inputs: ['a'] };
    const folders = await Promise.all([cached(entry, build), cached(entry, build)]);
    const results = await Promise.all(folders.map((folder) => readFile(join(folder, 'result'), 'utf8')));
    expect(builds).toBe(1);
    expect(results).toEqual(['whole', 'whole']);
  });

  it('shows nothing of a build that failed', async () => {
    const entry = { root, name: 'thing', inputs: ['a'] };
    const failing = cached(entry, () => Promise.reject(new Error('no compiler')));
    await expect(failing).rejects.toThrow('no compiler');
    expect(await readdir(join(root, 'thing'))).toEqual([]);
  });

  it('builds anew what a killed process left half done, without waiting for it', async () => {
    const module = join(import.meta.dirname, '../../../scripts/tools/cache.ts');
    const entry = { root, name: 'thing', inputs: ['a'] };
    const script = `
      import { cached } from ${JSON.stringify(module)};
      import { writeFileSync } from 'node:fs';
      await cached(${JSON.stringify(entry)}, async (folder) => {
        writeFileSync(folder + '/result', 'half');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    await waitFor('the half', async () => (await readdir(join(root, 'thing'))).length === 1, {
      timeoutSeconds: 20,
    });
    other.kill('SIGKILL');

    const folder = await cached(entry, (partial) => writeFile(join(partial, 'result'), 'whole'));
    expect(await readFile(join(folder, 'result'), 'utf8')).toBe('whole');
    expect(await readdir(join(root, 'thing'))).toHaveLength(1);
  });

  it('keeps as many results as it is told, and forgets the one unused for longest', async () => {
    const build = (inputs: string[]): Promise<string> =>
      cached({ root, name: 'thing', inputs, keep: 2 }, () => Promise.resolve());
    const [first, second] = [await build(['1']), await build(['2'])];
    const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
    await utimes(first, hoursAgo(1), hoursAgo(1));
    await utimes(second, hoursAgo(2), hoursAgo(2));
    const third = await build(['3']);
    const left = (await readdir(join(root, 'thing'))).map((name) => join(root, 'thing', name));
    expect(new Set(left)).toEqual(new Set([first, third]));
  });
});
