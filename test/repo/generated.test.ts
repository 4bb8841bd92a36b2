import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { generate } from '../../scripts/generate.ts';
import { helm } from '../../scripts/tools/helm.ts';

const root = join(import.meta.dirname, '../..');
/** Folders that hold nothing but generated files. */
const generatedFolders = ['crds', 'docs/generated', 'deploy/base/crds', 'helm/pgcairn/templates/crds'];

let fresh: string;

beforeAll(async () => {
  fresh = mkdtempSync(join(tmpdir(), 'pgcairn-generated-'));
  await generate(fresh);
});

afterAll(() => rmSync(fresh, { recursive: true, force: true }));

it('every generated file is as `npm run generate` writes it', () => {
  const stale = filesBelow(fresh).filter((path) => read(join(fresh, path)) !== read(join(root, path)));

  expect(stale).toEqual([]);
});

it('no generated file is left over from before', () => {
  const present = generatedFolders.flatMap((folder) =>
    filesBelow(join(root, folder)).map((path) => `${folder}/${path}`),
  );

  expect(present.toSorted()).toEqual(
    filesBelow(fresh).filter((path) => generatedFolders.some((folder) => path.startsWith(`${folder}/`))),
  );
});

it('the chart renders the definitions as they are, and none of them when told so', async () => {
  const specs = async (...values: readonly string[]): Promise<readonly unknown[]> => {
    const { stdout } = await execa(await helm(), ['template', 'x', join(root, 'helm/pgcairn'), ...values]);
    const objects = parseAllDocuments(stdout).map(
      (document) => document.toJS() as { kind: string; spec: unknown } | null,
    );
    return objects
      .filter((object) => object?.kind === 'CustomResourceDefinition')
      .map((object) => object?.spec);
  };

  const plain = filesBelow(join(fresh, 'crds')).map(
    (path) => (parse(read(join(fresh, 'crds', path)) ?? '') as { spec: unknown }).spec,
  );
  expect(await specs()).toEqual(expect.arrayContaining(plain));
  expect(await specs('--set', 'crds.enabled=false')).toEqual([]);
});

it('no definition comes near the sizes that the tools of Kubernetes refuse', () => {
  const large = filesBelow(join(fresh, 'crds')).filter(
    (path) => statSync(join(fresh, 'crds', path)).size > 100_000,
  );

  expect(large).toEqual([]);
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
