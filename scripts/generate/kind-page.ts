import type { Kind } from '../../src/api/kinds.ts';
import { structuralSchema } from '../../src/api/structural.ts';
import type { ConditionInfo } from '../../src/api/v1alpha1/condition-info.ts';
import type { ConditionKind } from '../../src/api/v1alpha1/conditions.ts';
import { conditions } from '../../src/api/v1alpha1/conditions.ts';
import type { FieldRow } from './fields.ts';
import { fieldRows } from './fields.ts';
import { code, page, table } from './markdown.ts';

/** Fields, columns, conditions and reasons of a kind, from the tables that the program itself uses. */
export function kindPage(kind: Kind): string {
  const name = kind.type.kind as ConditionKind;
  const { group, version, plural } = kind.type;
  return page(
    `# ${name}: fields, conditions, reasons`,
    kind.description,
    `API version ${code(`${group}/${version}`)}, namespaced, plural ${code(plural)}, short name ${code(kind.shortName)}, category ${code('pgcairn')}. Fields for ${code('--field-selector')}: ${kind.selectableFields.map((path) => code(path.slice(1))).join(', ')}.`,
    '## Spec',
    fieldTable(fieldRows(structuralSchema(kind.spec))),
    '## Status',
    fieldTable(fieldRows(structuralSchema(kind.status))),
    '## Conditions',
    table(
      ['type', 'polarity', 'presence', 'meaning'],
      Object.entries(conditions[name]).map(([type, info]) => [
        code(type),
        info.polarity === 'Positive' ? 'positive: True is good' : 'negative: True is to be looked at',
        info.presence === 'Always' ? 'always' : 'while True',
        info.meaning,
      ]),
    ),
    ...Object.entries(conditions[name]).flatMap(([type, info]) => reasonSections(type, info)),
    '## Printed columns',
    table(
      ['column', 'from', 'meaning'],
      kind.columns.map((column) => [
        `${column.name.toUpperCase()}${column.wide ? ' (wide)' : ''}`,
        code(column.jsonPath),
        column.description,
      ]),
    ),
  );
}

function fieldTable(rows: readonly FieldRow[]): string {
  return table(
    ['field', 'type', 'meaning', 'limits'],
    rows.map(({ path, type, required, description, limits }) => [
      `${code(path)}${required ? ' (required)' : ''}`,
      type,
      description,
      limits.join('; '),
    ]),
  );
}

function reasonSections(type: string, info: ConditionInfo): readonly string[] {
  const failures = info.failures
    ? [
        `Also, with status ${info.failures.join(' or ')}, every [failure reason](../troubleshooting.md), which says why the work failed.`,
      ]
    : [];
  return [
    `### Reasons of ${type}`,
    table(
      ['reason', 'status', 'meaning', 'what to do'],
      Object.entries(info.reasons).map(([reason, { statuses, meaning, remedy }]) => [
        `[${reason}](../troubleshooting.md#${reason.toLowerCase()})`,
        statuses.join(', '),
        meaning,
        remedy,
      ]),
    ),
    ...failures,
  ];
}
