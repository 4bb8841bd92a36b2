import { join } from 'node:path';
import { Failure } from '../../domain/failure.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { requireSecret } from '../../storage/secret-folder.ts';
import { parseIdentities } from '../../stream/age-identity.ts';
import { workerPaths } from '../../task/paths.ts';
import type { DrillContext } from './ledger.ts';

/**
 * The identities that open a run; none where it is not encrypted. Errors: `Failure` SecretMissing, SecretKeyMissing,
 * IdentityInvalid.
 */
export async function readIdentities(
  { root, task, scrubber }: DrillContext,
  { objects, runId }: Manifest,
): Promise<string[]> {
  if (objects.every(({ encryption }) => encryption === 'none')) return [];
  const ref = task.spec.identitySecretRef;
  if (ref === undefined)
    throw new Failure(
      'IdentityInvalid',
      `run ${runId} is encrypted, and the drill has no identity: set identitySecretRef`,
    );
  const field = 'identitySecretRef';
  const keys = await requireSecret(join(root, workerPaths.identity), ref.name, field, ref.key);
  const text = keys.get(ref.key);
  if (text === undefined)
    throw new Failure('SecretKeyMissing', `Secret ${ref.name} (${field}) has no key ${ref.key}: add it`);
  for (const line of text.split('\n')) if (line.startsWith('AGE-SECRET-KEY-')) scrubber.add(line.trim());
  return parseIdentities(text, `key ${ref.key} of Secret ${ref.name} (${field})`);
}
