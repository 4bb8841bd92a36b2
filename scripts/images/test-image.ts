import { chmod, copyFile, mkdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, fileInputs, keyOf } from '../tools/cache.ts';
import { say } from '../tools/say.ts';
import { layerOf, writeArchive, type ImageArchive, type ImageConfig } from './archive.ts';

const scripts = fileURLToPath(new URL('servers', import.meta.url));

export interface TestImage {
  readonly name: string;
  /** Root file system, the lowest layer. */
  readonly base: string;
  /** Further paths of the cache, whose folder is named after what they were made from. */
  readonly inputs: readonly string[];
  /** File of `servers/` that becomes the entry point. */
  readonly script: string;
  /** Puts files into the upper layer's tree. */
  fill(tree: string): Promise<void>;
  readonly config: ImageConfig;
}

/** Builds an image of two layers; its tag is a hash of what went in. */
export async function buildTestImage(image: TestImage): Promise<ImageArchive> {
  const script = join(scripts, image.script);
  const own = await fileInputs([script]);
  const made = [image.base, ...image.inputs].map((path) => basename(dirname(path)));
  const inputs = ['test image 1', image.name, ...made, ...own, JSON.stringify(image.config)];
  const reference = `localhost/pgcairn-test-${image.name}:${keyOf(inputs)}`;
  const folder = await cached({ name: `images/${image.name}`, inputs, keep: 2 }, async (output) => {
    say(`building image ${reference}`);
    const tree = join(output, 'tree');
    await mkdir(join(tree, 'usr/local/bin'), { recursive: true });
    await copyFile(script, join(tree, 'usr/local/bin/entrypoint'));
    await chmod(join(tree, 'usr/local/bin/entrypoint'), 0o755);
    await image.fill(tree);
    const upper = await layerOf(tree, join(output, 'layer'));
    const content = { reference, layers: [image.base, upper], config: image.config };
    await writeArchive(content, join(output, 'image.tar'));
    await rm(upper);
    await rm(tree, { recursive: true });
  });
  return { reference, file: join(folder, 'image.tar') };
}

/** Any user may write there, since a test chooses which one the pod runs under. */
export async function writableFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o1777);
}
