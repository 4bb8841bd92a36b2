import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';

/** An image as a file that containerd, Docker, kind and buildah import. */
export interface ImageArchive {
  /** `localhost/name:tag`; the tag is a hash of the content, so that a new build is never mistaken for an old one. */
  readonly reference: string;
  /** Path of the archive, in Docker's format. */
  readonly file: string;
}

export interface ImageContent {
  readonly reference: string;
  /** Uncompressed tar files, lowest first. */
  readonly layers: readonly string[];
  readonly config: ImageConfig;
}

/** Names as in the image format. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly Volumes?: Readonly<Record<string, object>>;
}

/** Options that make the same files give the same tar. */
export const stableTar = ['--sort=name', '--mtime=@0', '--numeric-owner', '--format=gnu'] as const;

/** Packs a folder as a layer whose files belong to root. */
export async function layerOf(folder: string, file: string): Promise<string> {
  await execa('tar', [...stableTar, '--owner=0', '--group=0', '-cf', file, '-C', folder, '.']);
  return file;
}

/** Writes an image without any container program: layers, configuration and manifest are plain files. */
export async function writeArchive(content: ImageContent, file: string): Promise<ImageArchive> {
  const staging = `${file}.staging`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  const digests: string[] = [];
  for (const layer of content.layers) {
    const digest = await sha256(layer);
    if (!digests.includes(digest)) await place(layer, join(staging, `${digest}.tar`));
    digests.push(digest);
  }
  const image = JSON.stringify({
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: content.config,
    rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
    history: digests.map(() => ({ created: '1970-01-01T00:00:00Z' })),
  });
  const name = `${createHash('sha256').update(image).digest('hex')}.json`;
  await writeFile(join(staging, name), image);
  const Layers = digests.map((digest) => `${digest}.tar`);
  const manifest = [{ Config: name, RepoTags: [content.reference], Layers }];
  await writeFile(join(staging, 'manifest.json'), JSON.stringify(manifest));
  const entries = ['manifest.json', name, ...new Set(Layers)];
  await execa('tar', [...stableTar, '--dereference', '-cf', `${file}.new`, '-C', staging, ...entries]);
  await rm(staging, { recursive: true });
  await rename(`${file}.new`, file);
  return { reference: content.reference, file };
}

async function place(layer: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const sameDisk = (await stat(layer)).dev === (await stat(dirname(target))).dev;
  await (sameDisk ? link(layer, target) : symlink(layer, target));
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
