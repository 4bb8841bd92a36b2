import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { cached, fileInputs } from '../tools/cache.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Packages that reach for `require` or for CommonJS globals find them in an ES module too. */
const banner = [
  "import { createRequire as pgcairnRequire } from 'node:module';",
  "import { fileURLToPath as pgcairnPath } from 'node:url';",
  'const require = pgcairnRequire(import.meta.url);',
  'const __filename = pgcairnPath(import.meta.url);',
  "const __dirname = pgcairnPath(new URL('.', import.meta.url));",
].join('\n');

/** Bundles the program and all it imports into `dist/pgcairn.mjs`; the same sources give the same bytes. */
export async function bundle(): Promise<string> {
  const sources = await fileInputs([join(root, 'src'), join(root, 'package-lock.json')]);
  const inputs = ['bundle 1', banner, ...sources];
  const folder = await cached({ name: 'bundle', inputs, keep: 2 }, async (output) => {
    await build({
      absWorkingDir: root,
      entryPoints: ['src/main.ts'],
      bundle: true,
      outfile: join(output, 'pgcairn.mjs'),
      platform: 'node',
      target: 'node24',
      format: 'esm',
      external: ['pg-native'],
      legalComments: 'eof',
      banner: { js: banner },
      logLevel: 'warning',
    });
  });
  const output = join(root, 'dist/pgcairn.mjs');
  const text = await readFile(join(folder, 'pgcairn.mjs'), 'utf8');
  const before = await readFile(output, 'utf8').catch(() => '');
  if (text !== before) {
    await mkdir(dirname(output), { recursive: true });
    await writeFile(`${output}.${process.pid}`, text);
    await rename(`${output}.${process.pid}`, output);
  }
  return output;
}
