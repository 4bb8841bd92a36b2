import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findClients } from './clients.ts';

it('finds the majors whose pg_dump can be run, in order', async () => {
  const root = await mkdtemp(join(tmpdir(), 'pgcairn-clients-'));
  try {
    for (const [major, mode] of [
      ['18', 0o755],
      ['9', 0o755],
      ['17', 0o644],
      ['extra', 0o755],
    ] as const) {
      await mkdir(join(root, major, 'bin'), { recursive: true });
      await writeFile(join(root, major, 'bin/pg_dump'), '#!/bin/sh\n', { mode });
    }
    expect(await findClients(root)).toEqual([
      { major: 9, bin: join(root, '9/bin') },
      { major: 18, bin: join(root, '18/bin') },
    ]);
    expect(await findClients(join(root, 'nowhere'))).toEqual([]);
  } finally {
    await rm(root, { recursive: true });
  }
});
