import { chmod, copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { cached } from '../tools/cache.ts';
import { ensureTools } from '../tools/ensure-tools.ts';
import { goProgram } from '../tools/go-build.ts';
import { layerOf, sha256, writeArchive, type ImageArchive } from './archive.ts';

/** A shell, the usual small programs, and `probe` for HTTP, which a static busybox cannot do by name. */
export async function buildBusyboxImage(): Promise<ImageArchive> {
  await ensureTools(['busybox']);
  const module = fileURLToPath(new URL('../../test/cluster/native/src/probe', import.meta.url));
  const probe = await goProgram({ name: 'probe', module, package: '.' });
  const { stdout: busybox } = await execa('which', ['busybox']);
  const inputs = ['busybox 1', await sha256(busybox), await sha256(probe)];
  const reference = 'localhost/busybox:1';
  const folder = await cached({ name: 'images/busybox', inputs }, async (output) => {
    const tree = join(output, 'tree');
    await mkdir(join(tree, 'bin'), { recursive: true });
    await mkdir(join(tree, 'etc'));
    await mkdir(join(tree, 'tmp'));
    await chmod(join(tree, 'tmp'), 0o1777);
    await copyFile(busybox, join(tree, 'bin/busybox'));
    await copyFile(probe, join(tree, 'bin/probe'));
    const { stdout: applets } = await execa(busybox, ['--list']);
    for (const applet of applets.split('\n')) {
      if (applet !== 'busybox') await symlink('busybox', join(tree, 'bin', applet));
    }
    await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    await writeFile(join(tree, 'etc/group'), 'root:x:0:\nnobody:x:65534:\n');
    const layer = await layerOf(tree, join(output, 'layer.tar'));
    const config = { Env: ['PATH=/bin'], Cmd: ['/bin/sh'] };
    await writeArchive({ reference, layers: [layer], config }, join(output, 'busybox.tar'));
    await rm(tree, { recursive: true });
    await rm(layer);
  });
  return { reference, file: join(folder, 'busybox.tar') };
}
