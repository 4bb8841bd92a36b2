import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { postgresClients, serverMajors } from '../../scripts/tools/postgres.ts';
import { parseManifestFile } from '../../src/worker/manifest-file.ts';
import { startServer } from './servers/postgres-server.ts';
import { backupTask, makePod, repositoryOn, runOf } from './worker-harness.ts';

const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));

test.each([...serverMajors])(
  'PostgreSQL %s is dumped by the right client and verified to Inventoried',
  async (major) => {
    const server = await startServer(major);
    const pod = await makePod({ server });
    try {
      await server.createDatabase('shop');
      await server.run(interesting, 'shop');
      const task = backupTask(repositoryOn(undefined, undefined), { databases: { all: true } });
      const run = runOf(await pod.run(task));

      const read = parseManifestFile(
        await readFile(join(pod.volume, 'shop/shop', task.run.id, 'manifest.json')),
        undefined,
      );
      if ('fault' in read) throw new Error(read.fault);
      expect(run).toMatchObject({ verifiedTo: 'Inventoried', databases: 2 });
      expect(run.server.version.startsWith(`${major}.`)).toBe(true);
      expect(read.manifest.client.version.split('.')[0]).toBe(Number(major) < 16 ? '16' : major);
      expect(read.manifest.databases.find(({ name }) => name === 'shop')?.rows).toBeGreaterThan(100);
    } finally {
      await Promise.all([pod.remove(), server.stop()]);
    }
  },
);

test('a client too old for zstd is wrapped in it, and the names say so', async () => {
  const clientRoot = await mkdtemp(join(tmpdir(), 'pgcairn-clients-'));
  const only = join(await postgresClients(), '15');
  await symlink(only, join(clientRoot, '15'));
  const server = await startServer('15');
  const pod = await makePod({ server, clientRoot });
  try {
    await server.createDatabase('shop');
    await server.run(interesting, 'shop');
    const task = backupTask(repositoryOn(undefined, undefined), { databases: { names: ['shop'] } });
    expect(runOf(await pod.run(task)).verifiedTo).toBe('Inventoried');

    const wrapped = await readFile(join(pod.volume, 'shop/shop', task.run.id, 'shop.dump.zst'));
    const dump = join(clientRoot, 'shop.dump');
    await writeFile(dump, zstdDecompressSync(wrapped));
    const { exitCode } = await execa(join(only, 'bin/pg_restore'), ['-f', '/dev/null', dump]);
    expect(exitCode).toBe(0);
  } finally {
    await Promise.all([pod.remove(), server.stop(), rm(clientRoot, { recursive: true })]);
  }
});
