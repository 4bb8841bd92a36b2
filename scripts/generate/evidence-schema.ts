import { z } from 'zod';
import { Evidence } from '../../src/domain/evidence.ts';

/** The form of evidence.json as JSON Schema, for those who read evidence without pgcairn. */
export function evidenceSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(Evidence);
  const published = {
    $schema,
    $id: 'https://pgcairn.dev/evidence/v1/schema.json',
    title: 'Evidence of a drill of pgcairn',
    description:
      'What a drill did and found. It holds names of tables and numbers of rows, no secret, and no value of the data but numbers that assertions of the owner gave.',
    ...schema,
  };
  return `${JSON.stringify(published, undefined, 2)}\n`;
}
