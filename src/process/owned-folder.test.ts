import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeOwnedFolder, sweepFolders } from './owned-folder.ts';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'sweep-'));
});
afterEach(() => rm(parent, { recursive: true }));

describe('folders of processes', () => {
  const deadPid = String(spawnSync(process.execPath, ['--version']).pid);

  async function folderOf(edit: (mark: string) => string): Promise<string> {
    const folder = await makeOwnedFolder(parent, 'server-');
    const mark = join(folder, '.owner');
    await writeFile(mark, edit(await readFile(mark, 'utf8')));
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'data', 'key'), 'secret');
    return folder;
  }
  const dead = (mark: string): string => mark.replace(/^\d+/, deadPid);

  test('are removed when their process is gone', async () => {
    const folder = await folderOf(dead);
    await sweepFolders([parent, parent, join(parent, 'nowhere')]);
    expect(existsSync(folder)).toBe(false);
  });

  test.each([
    ['of a process at work', (mark: string) => mark],
    ['of another container', (mark: string) => `${dead(mark)}0`],
    ['of nobody in particular', () => 'x'],
  ])('%s stay', async (_, edit) => {
    const folder = await folderOf(edit);
    await sweepFolders([parent]);
    expect(existsSync(join(folder, 'data', 'key'))).toBe(true);
  });

  test('whose mark leads elsewhere stay', async () => {
    const folder = await folderOf(dead);
    const mark = join(folder, '.owner');
    await writeFile(join(parent, 'mark'), await readFile(mark));
    await rm(mark);
    await symlink(join(parent, 'mark'), mark);
    await sweepFolders([parent]);
    expect(existsSync(folder)).toBe(true);
  });
});
