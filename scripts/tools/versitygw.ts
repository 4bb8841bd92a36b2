import { fileURLToPath } from 'node:url';
import { goProgram } from './go-build.ts';

/** Path of the `versitygw` program, an S3 server over a folder. Built once. */
export async function versitygw(): Promise<string> {
  return goProgram({
    name: 'versitygw',
    module: fileURLToPath(new URL('versitygw', import.meta.url)),
    package: 'github.com/versity/versitygw/cmd/versitygw',
  });
}
