import { Encrypter } from 'age-encryption';
import { Failure } from '../domain/failure.ts';

/** A public key that `parseRecipient` has accepted. */
export type AgeRecipient = string & { readonly of: 'age recipient' };

// With the 1 that ends the prefix: an X25519 key may have tag for its first letters, but never a second 1.
const tokenKey = /^age1(tag|tagpq|yubikey)1/;
const howTo = 'give a public key that begins with age1, as `age-keygen -y` prints it';

/**
 * Accepts X25519 (`age1…`) and post-quantum hybrid (`age1pq1…`) recipients.
 * Throws `Failure` RecipientInvalid. Never repeats what may be a private key.
 */
export function parseRecipient(text: string): AgeRecipient {
  const trimmed = text.trim();
  const fault = recipientFault(trimmed);
  if (fault !== undefined) throw new Failure('RecipientInvalid', `${fault}; ${howTo}`);
  return trimmed as AgeRecipient;
}

function recipientFault(text: string): string | undefined {
  if (text === '') return 'an age recipient is empty';
  if (text.toUpperCase().startsWith('AGE-SECRET-KEY'))
    return 'an age recipient is a private key (it must be replaced now, since it lies in a spec)';
  if (text.startsWith('ssh-')) return `age recipient ${brief(text)} is an SSH key`;
  if (tokenKey.test(text)) return `age recipient ${brief(text)} belongs to a hardware token`;
  if (!text.startsWith('age1')) return `age recipient ${brief(text)} is not an age public key`;
  try {
    new Encrypter().addRecipient(text);
    return undefined;
  } catch {
    return `age recipient ${brief(text)} is misspelt or cut: its checksum does not hold`;
  }
}

function brief(text: string): string {
  return JSON.stringify(text.length > 24 ? `${text.slice(0, 24)}…` : text);
}
