import type { KubeObject } from '../base/resource.ts';
import type { Column, Kind } from './kinds.ts';
import type { JsonSchema } from './structural.ts';
import { structuralSchema } from './structural.ts';

export interface CustomResourceDefinition extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Names become label values and folders in the store. */
const nameRule = {
  rule: 'size(self.metadata.name) <= 63',
  message: 'metadata.name must be at most 63 characters long',
};

/** The CustomResourceDefinition of a kind. Throws where a schema is none that the API server would take. */
export function customResourceDefinition(kind: Kind): CustomResourceDefinition {
  const { group, version, plural, kind: name } = kind.type;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: name,
        listKind: `${name}List`,
        plural,
        singular: kind.singular,
        shortNames: [kind.shortName],
        categories: ['pgcairn'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          selectableFields: kind.selectableFields.map((jsonPath) => ({ jsonPath })),
          additionalPrinterColumns: kind.columns.map(printerColumn),
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}

function objectSchema(kind: Kind): JsonSchema {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'apiVersion is the group and version of this object.' },
      kind: { type: 'string', description: 'kind is the kind of this object.' },
      metadata: { type: 'object' },
      spec: { ...structuralSchema(kind.spec), description: 'spec is what is wanted.' },
      status: { ...structuralSchema(kind.status), description: 'status is what is; the operator writes it.' },
    },
    'x-kubernetes-validations': [nameRule],
  };
}

function printerColumn({ wide, ...column }: Column): object {
  return { ...column, ...(wide ? { priority: 1 } : {}) };
}
