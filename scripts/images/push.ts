import { execa } from 'execa';
import { dockerAnswers } from './docker.ts';
import type { ImageArchive } from './archive.ts';
import { withBuildah } from './buildah.ts';

/** Pushes an image to `registry` (host and path), with docker where its daemon answers, else with buildah. */
export async function pushImage(image: ImageArchive, registry: string): Promise<string> {
  const reference = `${registry}/${image.reference.replace(/^localhost\//, '')}`;
  if (await dockerAnswers()) {
    await execa('docker', ['load', '--quiet', '--input', image.file]);
    await execa('docker', ['tag', image.reference, reference]);
    await execa('docker', ['push', '--quiet', reference]);
    return reference;
  }
  await withBuildah(async (buildah) => {
    await buildah(['pull', '--quiet', `docker-archive:${image.file}`]);
    await buildah(['push', '--quiet', image.reference, `docker://${reference}`]);
  });
  return reference;
}
