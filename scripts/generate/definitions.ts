import { stringify } from 'yaml';
import type { CustomResourceDefinition } from '../../src/api/crd.ts';
import { customResourceDefinition } from '../../src/api/crd.ts';
import type { Kind } from '../../src/api/kinds.ts';

const head = '# Generated from src/api by `npm run generate`.\n';

/** The definitions of the kinds: as they are, as templates of the chart, and as a base of kustomize. */
export function definitionFiles(kinds: readonly Kind[]): readonly [path: string, text: string][] {
  const files = kinds.map((kind) => {
    const definition = customResourceDefinition(kind);
    return { name: `${definition.metadata.name}.yaml`, definition };
  });
  return [
    ...files.flatMap(({ name, definition }): [string, string][] => [
      [`crds/${name}`, plain(definition)],
      [`deploy/base/crds/${name}`, plain(definition)],
      [`helm/pgcairn/templates/crds/${name}`, template(definition)],
    ]),
    ['deploy/base/crds/kustomization.yaml', kustomization(files.map(({ name }) => name))],
  ];
}

function plain(definition: CustomResourceDefinition): string {
  return head + yaml(definition);
}

/**
 * Among the templates and not in the chart's own `crds` folder, which Helm installs once and never upgrades. `keep`
 * leaves the definitions, and so every object, in the cluster when the release is uninstalled.
 */
function template(definition: CustomResourceDefinition): string {
  const { apiVersion, kind, metadata, spec } = definition;
  return [
    '{{- if .Values.crds.enabled }}',
    head.trimEnd(),
    yaml({ apiVersion, kind }).trimEnd(),
    'metadata:',
    `  name: ${metadata.name}`,
    '  labels:',
    '    {{- include "pgcairn.labels" . | nindent 4 }}',
    '  {{- if .Values.crds.keep }}',
    '  annotations:',
    '    helm.sh/resource-policy: keep',
    '  {{- end }}',
    yaml({ spec }).trimEnd(),
    '{{- end }}',
    '',
  ].join('\n');
}

function kustomization(resources: readonly string[]): string {
  return head + yaml({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources });
}

function yaml(value: object): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
