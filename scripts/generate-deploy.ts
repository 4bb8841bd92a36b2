// Renders the chart into deploy/: the kustomize bases are the chart's own output, so that the two cannot differ.
//   usage: generate-deploy.ts [FOLDER]   (default: deploy)
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { helm } from './tools/helm.ts';

const root = join(import.meta.dirname, '..');
const targets = [
  { file: 'base/operator.yaml', values: [] },
  { file: 'overlays/namespaced/operator.yaml', values: ['watchNamespaces={shop}'] },
];

/** Writes the rendered manifests below `folder`. */
export async function generateDeploy(folder: string): Promise<void> {
  const binary = await helm();
  for (const target of targets) {
    const sets = ['crds.enabled=false', ...target.values].flatMap((value) => ['--set', value]);
    const { stdout } = await execa(binary, [
      'template',
      'pgcairn',
      join(root, 'helm/pgcairn'),
      '--namespace',
      'pgcairn-system',
      '--skip-tests',
      ...sets,
    ]);
    const path = join(folder, target.file);
    mkdirSync(dirname(path), { recursive: true });
    const text = stdout
      .replaceAll(/^# Source: .*\n/gm, '')
      .replaceAll(/^ *(app.kubernetes.io\/managed-by: Helm|helm.sh\/chart: .*)\n/gm, '');
    writeFileSync(path, `# Generated from helm/pgcairn by \`npm run generate\`.\n${text}\n`);
  }
}

if (import.meta.main) await generateDeploy(process.argv[2] ?? join(root, 'deploy'));
