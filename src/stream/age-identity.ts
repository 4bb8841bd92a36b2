import { Decrypter } from 'age-encryption';
import { Failure } from '../domain/failure.ts';

const howTo = 'give it as `age-keygen` wrote it: a line that begins with AGE-SECRET-KEY-';

/**
 * The identities in a file as age-keygen writes it: one a line, comments and empty lines between. `where` names it for
 * the message. Throws `Failure` IdentityInvalid, which repeats nothing of it.
 */
export function parseIdentities(text: string, where: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (identities.length === 0)
    throw new Failure('IdentityInvalid', `${where} holds no age identity: ${howTo}`);
  for (const identity of identities) {
    try {
      new Decrypter().addIdentity(identity);
    } catch {
      throw new Failure('IdentityInvalid', `${where} holds something that is no age identity: ${howTo}`);
    }
  }
  return identities;
}
