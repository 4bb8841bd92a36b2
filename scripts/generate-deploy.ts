// Renders the chart into deploy/: the kustomize bases are the chart's own output, so that the two cannot differ.
//   usage: generate-deploy.ts [FOLDER]   (default: deploy)
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { helm } from './tools/helm.ts';

const root = join(import.meta.dirname, '..');
const targets = [
  { file: 'base/operator.yaml', values: [] },
  { file: 'overlays/namespaced/operator.yaml', values: ['watchNamespaces={shop}'] },
  {
    file: 'monitoring/prometheusrule.yaml',
    values: ['metrics.prometheusRule.enabled=true'],
    only: 'templates/prometheusrule.yaml',
  },
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
      ...(target.only === undefined ? [] : ['--show-only', target.only]),
      ...sets,
    ]);
    const path = join(folder, target.file);
    mkdirSync(dirname(path), { recursive: true });
    const text = stdout
      .replaceAll(/^# Source: .*\n/gm, '')
      .replaceAll(/^ *(app.kubernetes.io\/managed-by: Helm|helm.sh\/chart: .*)\n/gm, '');
    writeFileSync(path, `${generated}${text}\n`);
  }
  writeFileSync(join(folder, 'monitoring/rules.yaml'), `${generated}${plainRules()}`);
}

const generated = '# Generated from helm/pgcairn by `npm run generate`.\n';

interface Values {
  readonly metrics: { readonly prometheusRule: { readonly runbookUrl: string } };
}

/** The alerts for a Prometheus that reads its rules from files. */
function plainRules(): string {
  const chart = join(root, 'helm/pgcairn');
  const { metrics } = parse(readFileSync(join(chart, 'values.yaml'), 'utf8')) as Values;
  const rules = readFileSync(join(chart, 'alerts.yaml'), 'utf8');
  return rules.replaceAll('RUNBOOKS', metrics.prometheusRule.runbookUrl);
}

if (import.meta.main) await generateDeploy(process.argv[2] ?? join(root, 'deploy'));
