// Writes every generated file of the repository: definitions of kinds (plain, for the chart, for kustomize), tables
// of the documentation, and the manifests below deploy/ that the chart renders to.
//   usage: generate.ts [FOLDER]   (default: this repository)
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kinds } from '../src/api/kinds.ts';
import { generateDeploy } from './generate-deploy.ts';
import { definitionFiles } from './generate/definitions.ts';
import { evidenceSchema } from './generate/evidence-schema.ts';
import { kindPage } from './generate/kind-page.ts';
import { troubleshootingPage } from './generate/troubleshooting-page.ts';

/** The generated files that are made from `src/api` and `src/domain`, by path in the repository. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const all = Object.values(kinds);
  return new Map([
    ...definitionFiles(all),
    ...all.map((kind): [string, string] => [`docs/generated/${kind.singular}.md`, kindPage(kind)]),
    ['docs/troubleshooting.md', troubleshootingPage()],
    ['docs/evidence/schema.json', evidenceSchema()],
  ]);
}

/** Writes them below `folder`. */
export async function generate(folder: string): Promise<void> {
  for (const [path, text] of generatedFiles()) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await generateDeploy(join(folder, 'deploy'));
}

if (import.meta.main) await generate(process.argv[2] ?? join(import.meta.dirname, '..'));
