import { z } from 'zod';
import { UsageError } from '../usage-error.ts';
import type { GivenDocument } from './documents.ts';

/** A Secret that a file holds. */
export interface GivenSecret {
  readonly kind: 'Secret';
  readonly namespace: string;
  readonly name: string;
  readonly keys: SecretKeys;
  readonly where: GivenDocument['where'];
}

export type SecretKeys = ReadonlyMap<string, Uint8Array>;

const SecretDocument = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
  data: z.record(z.string(), z.base64()).nullish(),
  stringData: z.record(z.string(), z.string()).nullish(),
});

/** The key of a Secret becomes a file name. */
const keyForm = /^[-._a-zA-Z0-9]{1,253}$/;

export function isSecretKey(key: string): boolean {
  return keyForm.test(key) && key !== '.' && !key.startsWith('..');
}

/** Reads a Secret as Kubernetes does: `stringData` wins over `data`. Throws `UsageError`, which repeats no value. */
export function readSecret({ value, where }: GivenDocument, namespace: string): GivenSecret {
  const parsed = SecretDocument.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(
      `${where(issue?.path)}: Secret: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  }
  const { metadata, data, stringData } = parsed.data;
  const keys = new Map<string, Uint8Array>([
    ...Object.entries(data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64')] as const),
    ...Object.entries(stringData ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const),
  ]);
  const wrong = [...keys.keys()].find((key) => !isSecretKey(key));
  if (wrong !== undefined)
    throw new UsageError(`${where()}: Secret ${metadata.name}: ${JSON.stringify(wrong)} is no name of a key`);
  return { kind: 'Secret', namespace: metadata.namespace ?? namespace, name: metadata.name, keys, where };
}
