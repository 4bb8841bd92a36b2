import { describe, expect, it } from 'vitest';
import type { SourceFile } from './source-tree.ts';
import { sourceFiles } from './source-tree.ts';

/** Folder → folders it may import from (besides itself). The order of the design, types included. */
const base = ['base'];
const domain = [...base, 'api', 'domain'];
const plumbing = [...domain, 'kube', 'process', 'stream'];
const allowed: Record<string, readonly string[]> = {
  base: [],
  api: base,
  domain: [...base, 'api'],
  kube: domain,
  process: domain,
  stream: domain,
  runtime: [...domain, 'kube'],
  storage: [...domain, 'process', 'stream', 'task'],
  postgres: [...domain, 'process', 'stream', 'task'],
  task: domain,
  operator: [...domain, 'kube', 'runtime', 'task'],
  worker: [...plumbing.filter((name) => name !== 'kube'), 'storage', 'postgres', 'task'],
  cli: [...plumbing, 'storage', 'postgres', 'task', 'runtime', 'operator', 'worker'],
};
const files = sourceFiles();
const folder = (path: string): string => path.split('/')[1] ?? '';
const isMain = (file: SourceFile): boolean => file.path === 'src/main.ts';

describe('the order of folders', () => {
  it('is known for every folder', () => {
    const unknown = files
      .filter((file) => !isMain(file) && !(folder(file.path) in allowed))
      .map((file) => file.path);
    expect(unknown).toEqual([]);
  });

  it('lets imports go downwards only', () => {
    const upward = files
      .filter((file) => !isMain(file))
      .flatMap((file) => file.imports.map((target) => ({ file, target })))
      .filter(({ file, target }) => {
        const from = folder(file.path);
        const to = folder(target);
        return to !== from && !(allowed[from] ?? []).includes(to);
      })
      .map(({ file, target }) => `${file.path} imports ${target}`);
    expect(upward).toEqual([]);
  });

  it('has no cycle of files', () => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
        return;
      }
      if (done.has(path)) return;
      for (const next of byPath.get(path)?.imports ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const file of files) walk(file.path, []);
    expect(cycles).toEqual([]);
  });
});

describe('purity', () => {
  const pure = files.filter(
    (file) =>
      folder(file.path) === 'domain' ||
      folder(file.path) === 'api' ||
      /^src\/operator\/.*\/(decide|objects|status)\.ts$/.test(file.path),
  );
  it('keeps node: modules out of rules', () => {
    const impure = pure
      .filter((file) => file.packages.some((name) => name.startsWith('node:')))
      .map((file) => file.path);
    expect(impure).toEqual([]);
  });

  it('keeps clocks and chance out of rules', () => {
    const impure = pure
      .filter((file) => /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(/.test(file.text))
      .map((file) => file.path);
    expect(impure).toEqual([]);
  });

  it('lets only main.ts read the environment or end the process', () => {
    const impure = files
      .filter((file) => !isMain(file) && /\bprocess\.(env|exit|argv)\b/.test(file.text))
      .map((file) => file.path);
    expect(impure).toEqual([]);
  });
});

describe('the kinds', () => {
  it.each(['repository', 'backup', 'drill'])('%s has the five files', (kind) => {
    const names = files.map((file) => file.path).filter((path) => path.startsWith(`src/operator/${kind}/`));
    const five = ['controller', 'observe', 'decide', 'objects', 'status'].map(
      (name) => `src/operator/${kind}/${name}.ts`,
    );
    expect(names).toEqual(expect.arrayContaining(five));
  });
});
