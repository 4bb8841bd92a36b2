import type { ExtensionFact } from '../../domain/inventory.ts';
import type { Session } from '../session.ts';

export interface ExtensionComparison {
  readonly count: number;
  /** For a person, each naming the extension. */
  readonly faults: readonly string[];
  /** Extensions that are older than at the source, or of which nobody can say: for a person, too. */
  readonly unfit: readonly string[];
  /** Extensions that are newer than at the source: for a person, too. */
  readonly newer: readonly string[];
}

/** What is there of each extension. */
export async function readExtensions(session: Session): Promise<ReadonlyMap<string, string>> {
  const rows = await session.query<{ name: string; version: string }>(
    'SELECT extname::text AS name, extversion AS version FROM pg_extension',
  );
  return new Map(rows.map(({ name, version }) => [name, version] as const));
}

/**
 * Compares extensions with those of the source. A dump does not say which version it needs: the server installs its
 * own. A newer one is what a recovery would get too, and everything else is checked with it. An older one, or one of
 * which nobody can say, is not what the data was written with: that is a fault of the image, and not of the backup.
 */
export function compareExtensions(
  expected: readonly ExtensionFact[],
  installed: ReadonlyMap<string, string>,
): ExtensionComparison {
  const faults: string[] = [];
  const unfit: string[] = [];
  const newer: string[] = [];
  for (const { name, version } of expected) {
    const found = installed.get(name);
    if (found === undefined) faults.push(`extension ${name} is missing: the source has ${version}`);
    else if (found !== version) {
      const isNewer = compareVersions(found, version) > 0;
      const words = `extension ${name} is ${found} here and ${version} at the source`;
      if (isNewer) newer.push(words);
      else unfit.push(`${words}: set server.image to one with ${version} or newer`);
    }
  }
  return { count: expected.length, faults, unfit, newer };
}

/** Above 0: `a` is newer. 0: equal, or nobody can say. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  if (left === undefined || right === undefined) return 0;
  const length = Math.max(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: string): number[] | undefined {
  return /^\d+(\.\d+)*$/.test(version) ? version.split('.').map(Number) : undefined;
}
