import { copyFile, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { cached, exists } from '../tools/cache.ts';
import type { ImageArchive } from './archive.ts';
import { extractPackages, rootfs } from './rootfs.ts';
import { buildTestImage } from './test-image.ts';
import { makeServerFolders, serverBase, serverConfig } from './test-servers.ts';

/** Of the Debian suite that the other images have as their base, too. */
export const extendedMajor = '17';
const packages = [`postgresql-${extendedMajor}-postgis-3`, `postgresql-${extendedMajor}-pgvector`];

/** Left out: what serves JIT and builds of extensions, the ways from older versions, and parts with large libraries. */
const unneeded =
  /llvmjit|bitcode|pgxs|contrib|--ANY|--unpackaged|next|raster|sfcgal|tiger|address_standardizer/;

/** The user that the image has for the server, as in the official image; it does not know the one that drills run as. */
export const extendedServerUser = 999;
const accounts = {
  passwd: `root:x:0:0:root:/root:/bin/bash\npostgres:x:${extendedServerUser}:${extendedServerUser}::/var/lib/postgresql:/bin/bash\n`,
  group: `root:x:0:\npostgres:x:${extendedServerUser}:\n`,
};

/**
 * A PostgreSQL server with PostGIS and pgvector, as Debian packages them and in the layout of the official image. The
 * first build takes one to two minutes.
 */
export async function buildExtendedServerImage(): Promise<ImageArchive> {
  const base = await rootfs(serverBase);
  const files = await serverFiles(base);
  return buildTestImage({
    name: `postgres-${extendedMajor}-extended`,
    base,
    inputs: [files],
    script: 'postgres-entrypoint.sh',
    fill: async (tree) => {
      await cp(files, tree, { recursive: true, verbatimSymlinks: true });
      await makeServerFolders(tree);
      await mkdir(join(tree, 'etc'), { recursive: true });
      for (const [name, lines] of Object.entries(accounts)) await writeFile(join(tree, 'etc', name), lines);
    },
    config: serverConfig(extendedMajor),
  });
}

/** What the image has beyond its base. */
async function serverFiles(base: string): Promise<string> {
  const inputs = ['extended 2', ...packages, unneeded.source, basename(dirname(base))];
  const folder = await cached({ name: 'rootfs/extended', inputs, keep: 1 }, async (output) => {
    const whole = join(output, 'whole');
    await extractPackages({ suite: serverBase.suite, packages }, whole);
    const files = join(output, 'files');
    for (const place of [`usr/lib/postgresql/${extendedMajor}`, `usr/share/postgresql/${extendedMajor}`])
      await cp(join(whole, place), join(files, place), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !unneeded.test(path.slice(whole.length)),
      });
    await nameControls(join(files, `usr/share/postgresql/${extendedMajor}/extension`));
    // What PostGIS knows of coordinate systems beyond its own table.
    const projections = 'usr/share/proj/proj.db';
    await cp(join(whole, projections), join(files, projections));
    await copyLibraries(whole, files, await namesIn(base));
    await rm(whole, { recursive: true });
  });
  return join(folder, 'files');
}

/** Debian makes these names when it installs the package, so that versions can lie side by side. */
async function nameControls(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.endsWith('-3.control'))
      await copyFile(join(folder, name), join(folder, name.replace('-3.', '.')));
}

/** Copies what the programs and modules in `files` are linked with, unless the base has it. */
async function copyLibraries(whole: string, files: string, inBase: ReadonlySet<string>): Promise<void> {
  const place = join(files, 'usr/lib/postgresql', extendedMajor);
  const objects = [
    ...(await readdir(join(place, 'bin'))).map((name) => join(place, 'bin', name)),
    ...(await readdir(join(place, 'lib')))
      .filter((name) => name.endsWith('.so'))
      .map((name) => join(place, 'lib', name)),
  ];
  const loader = await findLoader(whole);
  const folder = (await readdir(join(whole, 'usr/lib'))).find((name) => name.endsWith('-linux-gnu')) ?? '';
  const libraries = join('usr/lib', folder);
  const wanted = new Set<string>();
  for (const path of objects) {
    const args = ['--library-path', join(whole, libraries), '--list', path];
    const { stdout } = await execa(loader, args, { reject: false });
    for (const [, found = ''] of stdout.matchAll(/ => (\S+) \(/g)) wanted.add(basename(found));
  }
  await mkdir(join(files, libraries), { recursive: true });
  for (const name of wanted)
    if (!inBase.has(name))
      await cp(join(whole, libraries, name), join(files, libraries, name), { dereference: true });
}

/** The loader of the packages' own C library, which runs with it and not with that of this machine. */
async function findLoader(whole: string): Promise<string> {
  for (const place of ['usr/lib64', 'usr/lib']) {
    if (!(await exists(join(whole, place)))) continue;
    const name = (await readdir(join(whole, place))).find((entry) => entry.startsWith('ld-linux'));
    if (name !== undefined) return join(whole, place, name);
  }
  throw new Error(`no loader of the C library is in ${whole}`);
}

/** File names in a root file system. */
async function namesIn(archive: string): Promise<ReadonlySet<string>> {
  const { stdout } = await execa('tar', ['-tf', archive]);
  return new Set(stdout.split('\n').map((path) => basename(path)));
}
