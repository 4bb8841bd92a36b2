import { generateX25519Identity } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { parseIdentities } from './age-identity.ts';

describe('parseIdentities', () => {
  it('reads what age-keygen writes', async () => {
    const [one, two] = [await generateX25519Identity(), await generateX25519Identity()];
    const text = `# created: 2026-11-20\n# public key: age1x\n${one}\n\n  ${two}\r\n`;
    expect(parseIdentities(text, 'the file')).toEqual([one, two]);
  });

  it.each([
    ['', /the file holds no age identity/],
    ['# only a comment\n', /the file holds no age identity/],
    ['AGE-SECRET-KEY-1CUT', /something that is no age identity/],
    ['hunter2', /something that is no age identity/],
  ])('refuses %j, and repeats nothing of it', (text, words) => {
    expect(() => parseIdentities(text, 'the file')).toThrow(words);
    expect(() => parseIdentities(text, 'the file')).not.toThrow(/hunter2|1CUT/);
  });
});
