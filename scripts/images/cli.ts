import { Command } from 'commander';
import { say, elapsed } from '../tools/say.ts';
import { serverMajors } from '../tools/versions.ts';
import type { ImageArchive } from './archive.ts';
import { buildBusyboxImage } from './busybox.ts';
import { bundle } from './bundle.ts';
import { buildExtendedServerImage } from './extended-server.ts';
import { buildOperatorImage, buildWorkerImage } from './product.ts';
import { buildS3Image, buildServerImage } from './test-servers.ts';

const builders: Record<string, () => Promise<ImageArchive>> = {
  operator: buildOperatorImage,
  worker: buildWorkerImage,
  s3: buildS3Image,
  busybox: buildBusyboxImage,
  'postgres-extended': buildExtendedServerImage,
};
for (const major of serverMajors) builders[`postgres-${major}`] = () => buildServerImage(major);

const usual = ['operator', 'worker'];
const all = [...usual, 's3', 'busybox', 'postgres-16', 'postgres-17'];

const program = new Command('images').description('container images, with or without a registry');

program
  .command('build')
  .description(`build images: ${Object.keys(builders).join(', ')}, or all (${all.join(', ')})`)
  .argument('[names...]', 'which', usual)
  .option('--load', 'make them available in the cluster that tests use')
  .action(async (names: string[], options: { load?: boolean }) => {
    for (const name of names.includes('all') ? all : names) {
      const build = builders[name];
      if (build === undefined)
        throw new Error(`no image ${name}: expected ${Object.keys(builders).join(', ')}`);
      const start = performance.now();
      const image = await build();
      say(`${name}: ${image.reference} (${elapsed(start)})`);
      console.log(options.load === true ? await load(image) : `${image.reference} ${image.file}`);
    }
  });

program
  .command('bundle')
  .description('write dist/pgcairn.mjs, which the Dockerfile copies')
  .action(async () => console.log(await bundle()));

await program.parseAsync();

async function load(image: ImageArchive): Promise<string> {
  const { openCluster } = await import('../../test/cluster/harness/open.ts');
  return (await openCluster()).loadImage(image);
}
