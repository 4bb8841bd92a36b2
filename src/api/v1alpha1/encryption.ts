import { z } from 'zod';
import { setOf } from '../bounded.ts';
import { withPattern, withRule } from '../rule.ts';

// X25519 only: stock age of today's distributions opens nothing else.
const recipient = withPattern(
  // Room for what is none: a longer text would be refused without saying what is wanted.
  z.string().min(1).max(2048),
  /^age1[02-9ac-hj-np-z]{58}$/,
  'must be an age public key, age1 and 58 characters, as age-keygen -y prints it: no private key, SSH key, or key of a plugin',
);

const fields = z.strictObject({
  age: z
    .strictObject({
      recipients: setOf(recipient, 20)
        .min(1)
        .describe(
          'recipients are the age public keys, each of which can open a backup alone: age1 and 58 characters, as age-keygen -y prints them. Keep one private key outside the cluster.',
        ),
    })
    .describe('age encrypts every object in the worker, before it leaves the pod.')
    .optional(),
  none: z
    .strictObject({})
    .describe('none, written as {}, says aloud that backups lie in the store unencrypted.')
    .optional(),
});

/** How objects are encrypted before they leave the pod. There is no default: silence must not mean plain text. */
export const EncryptionSpec = withRule(fields, {
  holds: ({ age, none }) => (age === undefined) !== (none === undefined),
  cel: 'has(self.age) != has(self.none)',
  message: 'give exactly one of age (with recipients) and none',
});
export type EncryptionSpec = z.infer<typeof EncryptionSpec>;
