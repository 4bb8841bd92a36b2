import { z } from 'zod';
import { validationsKey } from './rule.ts';

/** A part of a JSON schema, as zod writes it and as a CRD holds it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

const maxSafe = Number.MAX_SAFE_INTEGER;
const forbidden = ['$ref', 'allOf', 'oneOf', 'not', 'nullable', 'uniqueItems', 'prefixItems'];

/**
 * The structural schema of apiextensions.k8s.io/v1 for a zod schema. Throws, with the path, where the schema has a
 * form that the API server does not take, or a field without description or bound: unbounded fields make CEL rules
 * too dear and objects too large.
 */
export function structuralSchema(schema: z.ZodType): JsonSchema {
  // `input`, since defaults are the API server's to fill in: of the output every one of them would be required.
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    cycles: 'throw',
    // zod leaves the default out where anything below it is transformed.
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default = structuredClone(def.defaultValue);
    },
  });
  return structural(json as JsonSchema, '');
}

function structural(schema: JsonSchema, path: string): JsonSchema {
  const odd = forbidden.find((keyword) => keyword in schema);
  if (odd !== undefined) throw fault(path, `${odd} is not structural`);
  if (schema.anyOf) return { ...described(schema), ...intOrString(schema.anyOf, path) };
  switch (schema.type) {
    case 'object':
      return objectSchema(schema, path);
    case 'array':
      return arraySchema(schema, path);
    case 'string':
      return stringSchema(schema, path);
    case 'integer':
      return integerSchema(schema);
    case 'boolean':
      return schema;
    case undefined:
    default:
      throw fault(path, `type ${schema.type ?? 'absent'} is not allowed`);
  }
}

function objectSchema(schema: JsonSchema, path: string): JsonSchema {
  const { properties, additionalProperties, ...rest } = schema;
  if (properties === undefined) {
    if (typeof additionalProperties !== 'object')
      throw fault(path, 'an object needs its fields or its values');
    if (!('maxProperties' in rest)) throw fault(path, 'a map needs maxProperties');
    return { ...rest, additionalProperties: structural(additionalProperties, `${path}.*`) };
  }
  if (additionalProperties !== false) throw fault(path, 'an object of fields must be strict');
  const fields = Object.entries(properties).map(([name, field]): [string, JsonSchema] => [
    name,
    fieldSchema(field, name, `${path}.${name}`),
  ]);
  if (fields.length === 0) return rest;
  return withFullDefault({ ...rest, properties: Object.fromEntries(fields) });
}

/**
 * The API server runs CEL rules over the default of an object as it is written, without the defaults of its fields:
 * they have to stand in it.
 */
function withFullDefault(schema: JsonSchema): JsonSchema {
  if (typeof schema.default !== 'object') return schema;
  const fields = Object.entries(schema.properties ?? {})
    .filter(([, field]) => field.default !== undefined)
    .map(([name, field]): [string, unknown] => [name, field.default]);
  return { ...schema, default: { ...Object.fromEntries(fields), ...schema.default } };
}

function arraySchema(schema: JsonSchema, path: string): JsonSchema {
  if (!('maxItems' in schema)) throw fault(path, 'a list needs maxItems');
  if (!('x-kubernetes-list-type' in schema)) throw fault(path, 'a list needs x-kubernetes-list-type');
  if (!schema.items) throw fault(path, 'a list needs items');
  return { ...schema, items: structural(schema.items, `${path}[]`) };
}

function stringSchema(schema: JsonSchema, path: string): JsonSchema {
  if (schema.format === 'date-time') {
    const { pattern: _ours, ...rest } = schema;
    return rest;
  }
  if (schema.enum) return schema;
  if (!('maxLength' in schema)) throw fault(path, 'a string needs maxLength');
  if (schema.pattern === undefined) return schema;
  if (/\(\?[=!<]/.test(schema.pattern)) throw fault(path, 'RE2 knows no look-around');
  return { ...schema, pattern: schema.pattern.replaceAll(String.raw`\/`, '/') };
}

function integerSchema(schema: JsonSchema): JsonSchema {
  const { minimum, maximum, ...rest } = schema;
  const small = maximum !== undefined && maximum <= 2 ** 31 - 1;
  return {
    ...rest,
    format: small ? 'int32' : 'int64',
    ...(minimum === undefined || minimum === -maxSafe ? {} : { minimum }),
    ...(maximum === undefined || maximum === maxSafe ? {} : { maximum }),
  };
}

/** The one union that a CRD can hold: of an integer and a string, in the one form that the API server takes. */
function intOrString(members: readonly JsonSchema[], path: string): JsonSchema {
  const text = members.find(({ type }) => type === 'string');
  const number = members.find(({ type }) => type === 'integer');
  if (members.length !== 2 || !text || !number) throw fault(path, 'a union must be of integer and string');
  const { type: _string, ...textRules } = stringSchema(text, path);
  const { type: _integer, format: _format, ...numberRules } = integerSchema(number);
  return {
    'x-kubernetes-int-or-string': true,
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    ...textRules,
    ...numberRules,
  };
}

function described(schema: JsonSchema): JsonSchema {
  const kept = ['description', 'default', validationsKey].filter((keyword) => keyword in schema);
  return Object.fromEntries(kept.map((keyword) => [keyword, schema[keyword]]));
}

function descriptionOf({ description }: JsonSchema, name: string, path: string): string {
  if (description === undefined) throw fault(path, 'a field needs a description');
  if (!new RegExp(`^${name}\\b`).test(description))
    throw fault(path, 'a description begins with the name of its field');
  if (description.includes('{{')) throw fault(path, 'Helm would read {{ in a description');
  return description;
}

/** The description comes first, and tells the default, so that no prose can be wrong about it. */
function fieldSchema(field: JsonSchema, name: string, path: string): JsonSchema {
  const text = descriptionOf(field, name, path);
  const { description: _moved, ...rest } = structural(field, path);
  const value = rest.default;
  const told = value !== undefined && typeof value !== 'object';
  const description = told ? `${text} Default: ${JSON.stringify(value).replaceAll('"', '')}.` : text;
  return { description, ...rest };
}

function fault(path: string, what: string): Error {
  return new Error(`schema at ${path === '' ? 'the top' : path.slice(1)}: ${what}`);
}
