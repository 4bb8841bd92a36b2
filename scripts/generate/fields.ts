import type { JsonSchema } from '../../src/api/structural.ts';
import { validationsKey } from '../../src/api/rule.ts';

export interface FieldRow {
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
  readonly description: string;
  /** Sentences: bounds, then rules. */
  readonly limits: readonly string[];
}

/** Every field below a schema, depth first, in the order in which it is declared. */
export function fieldRows(schema: JsonSchema, path = ''): readonly FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const below = path === '' ? name : `${path}.${name}`;
    const row: FieldRow = {
      path: below,
      type: typeOf(field),
      required: schema.required?.includes(name) ?? false,
      description: field.description ?? '',
      limits: limitsOf(field),
    };
    const item = field.items;
    return [row, ...fieldRows(field, below), ...(item ? fieldRows(item, `${below}[]`) : [])];
  });
}

function typeOf(field: JsonSchema): string {
  if (field['x-kubernetes-int-or-string'] === true) return 'integer or string';
  if (field.enum) return field.enum.join(', ');
  if (field.items) return `list of ${typeOf(field.items)}`;
  if (typeof field.additionalProperties === 'object') return `map to ${typeOf(field.additionalProperties)}`;
  if (field.format === 'date-time') return 'time';
  return field.type ?? '';
}

function limitsOf(field: JsonSchema): readonly string[] {
  const rules = [...validations(field), ...(field.items ? validations(field.items) : [])];
  return [...bounds(field), ...rules];
}

function bounds(field: JsonSchema): readonly string[] {
  const texts: readonly [string, unknown][] = [
    ['at least', field.minimum],
    ['at most', field.maximum],
    ['characters at most:', field['maxLength']],
    ['entries at most:', field['maxItems'] ?? field['maxProperties']],
  ];
  return texts
    .filter(([, value]) => value !== undefined)
    .map(([words, value]) => `${words} ${Number(value).toLocaleString('en')}`);
}

interface Rule {
  readonly message: string;
  readonly messageExpression?: string;
}

function validations(field: JsonSchema): readonly string[] {
  const rules = (field[validationsKey] ?? []) as readonly Rule[];
  // What names the part of a value that is wrong only repeats the rule about the whole.
  const told = rules.filter(({ messageExpression }) => messageExpression === undefined);
  return [...new Set(told.map(({ message }) => message))];
}
