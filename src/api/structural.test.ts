import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { atomicList, mapOf, setOf } from './bounded.ts';
import { withRule } from './rule.ts';
import { structuralSchema } from './structural.ts';

const text = z.string().max(9);
const field = (schema: z.ZodType): z.ZodType => z.strictObject({ a: schema });

describe('a schema that the API server would refuse is refused with its path', () => {
  const rows: readonly (readonly [string, z.ZodType, string])[] = [
    ['a string without bound', field(z.string().describe('a')), 'a: a string needs maxLength'],
    ['a list without bound', field(z.array(text).describe('a')), 'a: a list needs maxItems'],
    [
      'a list without type',
      field(z.array(text).max(1).describe('a')),
      'a: a list needs x-kubernetes-list-type',
    ],
    ['a map without bound', field(z.record(z.string(), text).describe('a')), 'a: a map needs maxProperties'],
    [
      'an open object',
      field(z.looseObject({ b: text }).describe('a')),
      'a: an object of fields must be strict',
    ],
    ['a number with a point', field(z.number().describe('a')), 'a: type number is not allowed'],
    ['anything', field(z.any().describe('a')), 'a: type absent is not allowed'],
    ['a union of objects', field(z.union([z.strictObject({}), text]).describe('a')), 'a: a union must be of'],
    ['null', field(text.nullable().describe('a')), 'a: nullable is not structural'],
    ['look-around', field(text.regex(/a(?=b)/).describe('a')), 'a: RE2 knows no look-around'],
    ['a field without description', field(text), 'a: a field needs a description'],
    [
      'a description of something else',
      field(text.describe('The a.')),
      'a: a description begins with the name',
    ],
    ['braces of Helm', field(text.describe('a is {{ .Values.a }}')), 'a: Helm would read {{'],
    [
      'a fault further down',
      field(atomicList(field(z.string().describe('a')), 1).describe('a')),
      'a[].a: a string',
    ],
  ];

  it.each(rows)('%s', (_name, schema, message) => {
    expect(() => structuralSchema(schema)).toThrow(message);
  });
});

describe('what zod writes is brought into the form of a definition', () => {
  const rows: readonly (readonly [string, z.ZodType, object])[] = [
    [
      'a default is told in the description',
      z.int().min(0).max(9).describe('a is a number.').default(3),
      {
        description: 'a is a number. Default: 3.',
        default: 3,
        type: 'integer',
        format: 'int32',
        minimum: 0,
        maximum: 9,
      },
    ],
    [
      'the bounds of safe integers are no bounds',
      z.int().describe('a is a number.'),
      { description: 'a is a number.', type: 'integer', format: 'int64' },
    ],
    [
      'the default of a list stays where something in it is transformed',
      atomicList(z.union([text, z.int()]).transform(String), 2)
        .describe('a')
        .default([]),
      {
        description: 'a',
        default: [],
        type: 'array',
        maxItems: 2,
        items: expect.anything(),
        'x-kubernetes-list-type': 'atomic',
      },
    ],
    [
      'the default of an object holds the defaults of its fields',
      z
        .strictObject({ b: text.describe('b').default('x') })
        .prefault({})
        .describe('a'),
      { description: 'a', type: 'object', default: { b: 'x' }, properties: expect.anything() },
    ],
    [
      'a time has its format and no pattern',
      z.iso.datetime().meta({ format: 'date-time' }).describe('a'),
      { description: 'a', type: 'string', format: 'date-time' },
    ],
    [
      'an integer or string has the one form that is taken',
      z.union([text.regex(/^a$/), z.int().min(0)]).describe('a'),
      {
        description: 'a',
        'x-kubernetes-int-or-string': true,
        anyOf: [{ type: 'integer' }, { type: 'string' }],
        maxLength: 9,
        pattern: '^a$',
        minimum: 0,
      },
    ],
    [
      'a set is a list without repeats',
      setOf(text, 2).describe('a'),
      {
        description: 'a',
        type: 'array',
        maxItems: 2,
        'x-kubernetes-list-type': 'set',
        items: { type: 'string', maxLength: 9 },
      },
    ],
    [
      'rules of keys and of the whole stand in their order',
      withRule(mapOf(text, 2, [{ holds: () => true, cel: "k != ''", message: 'key' }]), {
        holds: () => true,
        cel: 'true',
        message: 'whole',
      }).describe('a'),
      {
        description: 'a',
        type: 'object',
        maxProperties: 2,
        additionalProperties: { type: 'string', maxLength: 9 },
        'x-kubernetes-validations': [
          { rule: "self.all(k, k != '')", message: 'key' },
          { rule: 'true', message: 'whole' },
        ],
      },
    ],
  ];

  it.each(rows)('%s', (_name, schema, expected) => {
    expect(structuralSchema(field(schema)).properties?.['a']).toEqual(expected);
  });
});
