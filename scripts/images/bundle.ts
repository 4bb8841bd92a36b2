import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

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
export async function bundle(entry = 'src/main.ts'): Promise<string> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    outfile: 'dist/pgcairn.mjs',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['pg-native'],
    legalComments: 'eof',
    banner: { js: banner },
    logLevel: 'warning',
  });
  const output = join(root, 'dist/pgcairn.mjs');
  const text = result.outputFiles[0]?.text ?? '';
  const before = await readFile(output, 'utf8').catch(() => '');
  if (text !== before) {
    await mkdir(dirname(output), { recursive: true });
    await writeFile(`${output}.${process.pid}`, text);
    await rename(`${output}.${process.pid}`, output);
  }
  return output;
}
