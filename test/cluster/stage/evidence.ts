import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { fetchBucket } from './bucket.ts';
import type { Shop } from './shop.ts';

const script = join(import.meta.dirname, '../../../docs/evidence/verify-evidence.sh');

/** The evidence of one drill object as it lies in the bucket, by its path below the object's folder. */
export async function fetchEvidence(shop: Shop, drill: string): Promise<Map<string, Buffer>> {
  const folder = `postgres/_drills/${shop.namespace}/${drill}/`;
  const found = await fetchBucket(shop, folder);
  return new Map([...found].map(([key, bytes]) => [key.slice(folder.length), bytes]));
}

/** What the script says that needs nothing of pgcairn, and whether all holds. */
export async function verifyEvidence(
  shop: Shop,
  evidence: ReadonlyMap<string, Buffer>,
): Promise<{ readonly holds: boolean; readonly words: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'));
  try {
    for (const [path, bytes] of evidence) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const { exitCode, stdout, stderr } = await execa('sh', [script, folder, shop.secrets.files.verifyKey], {
      reject: false,
    });
    return { holds: exitCode === 0, words: `${stdout}\n${stderr}` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
