import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureReasons } from '../../src/api/v1alpha1/failure-reasons.ts';
import { root } from './source-tree.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
].filter((path) => path.endsWith('.md'));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  it('names only npm commands that exist', () => {
    const named = [
      ...text.matchAll(/npm (?:run )?(?:--silent )?((?:test|run|[a-z]+:[a-z]+|[a-z]+)[a-z:]*)/g),
    ].map((match) => match[1] ?? '');
    const own = named.filter((name) => !['ci', 'install', 'run'].includes(name));
    expect(own.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([]);
  });
});

it('troubleshooting has an entry for every failure reason', () => {
  const text = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  expect(Object.keys(failureReasons).filter((reason) => !text.includes(reason))).toEqual([]);
});
