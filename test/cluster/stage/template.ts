import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const demo = join(import.meta.dirname, '../../../demo');

/** A manifest of the demo with its ${NAMES} filled in. `file` is relative to demo/. */
export function template(file: string, values: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(join(demo, file), 'utf8');
  return text.replaceAll(/\$\{([A-Z0-9_]+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file}: no value for ${name}`);
    return value;
  });
}
