import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readFiles } from './read-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pgcairn-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('passes over the artifact of a suite that lies in the folder, and reads it where it is named', async () => {
  const artifact = join(folder, 'pgcairn-suite.json');
  writeFileSync(artifact, JSON.stringify({ schema: 'pgcairn.dev/suite/v1', drills: [] }, undefined, 2));
  writeFileSync(join(folder, 'drill.yaml'), 'kind: BackupDrill\n');
  const names = async (path: string): Promise<string[]> =>
    (await readFiles([path], Readable.from([]))).map(({ name }) => name);

  expect(await names(folder)).toEqual([join(folder, 'drill.yaml')]);
  expect(await names(artifact)).toEqual([artifact]);
});
