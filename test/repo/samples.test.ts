import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kinds } from '../../src/api/kinds.ts';
import { manifestSchema } from '../../src/api/manifest.ts';
import type { ConditionKind } from '../../src/api/v1alpha1/conditions.ts';
import { someRecipient } from '../builders/backup-repository.ts';

const root = join(import.meta.dirname, '../..');
const samples = globSync(['README.md', 'docs/**/*.md', 'demo/samples/*.yaml'], { cwd: root })
  .toSorted()
  .flatMap((path) => yamlOf(path, readFileSync(join(root, path), 'utf8')))
  .flatMap(({ path, text }) =>
    parseAllDocuments(text).map((document) => ({ path, object: document.toJS() as unknown })),
  )
  .flatMap(({ path, object }) => (isOurs(object) ? [{ path, kind: object.kind, object }] : []));

it('there are samples of every kind', () => {
  expect(new Set(samples.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
});

it.each(samples)('the $kind in $path can be applied', ({ kind, object }) => {
  expect(manifestSchema(kinds[kind]).safeParse(object).error).toBeUndefined();
});

/** The YAML of a file, its blocks in a page; where a reader puts his own public key there is one. */
function yamlOf(path: string, text: string): readonly { path: string; text: string }[] {
  const blocks = path.endsWith('.md')
    ? [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block]) => block ?? '')
    : [text];
  return blocks.map((block) => ({
    path,
    text: block.replaceAll(/age1\.\.\.|\$\{AGE_RECIPIENT\}/g, someRecipient),
  }));
}

function isOurs(object: unknown): object is { readonly kind: ConditionKind } {
  const { apiVersion } = (object ?? {}) as { readonly apiVersion?: unknown };
  return typeof apiVersion === 'string' && apiVersion.startsWith('pgcairn.dev/');
}
