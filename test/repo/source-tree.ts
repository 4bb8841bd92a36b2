import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface SourceFile {
  /** Relative to the project's root, with '/'. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** Imported files of the project, relative to its root. */
  readonly imports: readonly string[];
  /** Imported packages and node: modules. */
  readonly packages: readonly string[];
}

const importPattern =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)import\s+['"]([^'"]+)['"]/g;

function read(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const targets = [...text.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return {
    path,
    text,
    lines: text.split('\n').length - 1,
    imports: targets
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(path), target)).replaceAll('\\', '/')),
    packages: targets.filter((target) => !target.startsWith('.')),
  };
}

/** Every TypeScript file below src, tests left out unless asked for. */
export function sourceFiles(options: { tests: boolean } = { tests: false }): SourceFile[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((path) => relative(root, join(root, 'src', path)).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && (options.tests || !path.endsWith('.test.ts')))
    .toSorted()
    .map(read);
}
