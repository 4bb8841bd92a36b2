import { Failure } from '../domain/failure.ts';

const partLimitBytes = 255;
const keyLimitBytes = 1000;
const temporaryName = /^\.pgcairn-[0-9a-f]{16}\.part$/;

/**
 * Refuses a key that some store could read differently from another: empty or dot parts, control characters,
 * backslashes, parts longer than a file name may be, and the names that a volume keeps for unfinished files.
 */
export function checkKey(key: string): void {
  const sound =
    Buffer.byteLength(key) <= keyLimitBytes &&
    !hasControl(key) &&
    key.split('/').every((part) => isPart(part));
  if (!sound) throw new Failure('Internal', `${JSON.stringify(key)} cannot be the key of an object`);
}

function isPart(part: string): boolean {
  return (
    part !== '' &&
    part !== '.' &&
    part !== '..' &&
    !part.includes('\\') &&
    Buffer.byteLength(part) <= partLimitBytes &&
    !isTemporaryName(part)
  );
}

function hasControl(key: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f]/.test(key);
}

/** Name of a file that put() is still writing on a volume. `unique` is 16 hexadecimal digits. */
export function temporaryNameOf(unique: string): string {
  return `.pgcairn-${unique}.part`;
}

export function isTemporaryName(name: string): boolean {
  return temporaryName.test(name);
}

/** A folder as people write it (`/a//b/`) as a prefix of keys (`a/b/`); '' for none. Refuses `.` and `..`. */
export function folderPrefix(folder: string | undefined): string {
  const parts = (folder ?? '').split('/').filter((part) => part !== '');
  if (parts.length === 0) return '';
  checkKey(parts.join('/'));
  return `${parts.join('/')}/`;
}

/** Order of keys in every store: by their UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
