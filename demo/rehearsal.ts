import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { ensureTools } from '../scripts/tools/ensure-tools.ts';
import type { Cluster } from '../test/cluster/harness/cluster.ts';
import { fetchBucket } from '../test/cluster/stage/bucket.ts';
import type { Shop } from '../test/cluster/stage/shop.ts';
import type { RunStatus } from './follow.ts';
import { follow } from './follow.ts';
import type { Narrator } from './progress.ts';

interface DrillStatus extends RunStatus {
  readonly lastRequest?: string;
  readonly lastRun?: {
    readonly verdict: string;
    readonly message: string;
    readonly evidence?: { readonly path: string };
  };
}

/** Rehearses now what the sample does once a month; the folder of the evidence below the prefix of the repository. */
export async function rehearse(cluster: Cluster, shop: Shop, tell: Narrator): Promise<string> {
  const request = String(Date.now());
  await shop.applyDrill();
  const annotation = `pgcairn.dev/run-requested=${request}`;
  await shop.kubectl(['annotate', 'pgdrill', 'shop-monthly', annotation, '--overwrite']);
  const drill = await follow<DrillStatus, NonNullable<DrillStatus['lastRun']>>(
    cluster,
    tell,
    { kind: 'pgdrill', name: 'shop-monthly', namespace: shop.namespace, until: 'the drill to end' },
    ({ lastRequest, currentRun, lastRun }) =>
      lastRequest === request && currentRun === undefined ? lastRun : undefined,
  );
  if (drill.verdict !== 'Passed' || !drill.evidence) {
    throw new Error(`the drill came to ${drill.verdict}: ${drill.message}`);
  }
  return drill.evidence.path;
}

/** Fetches all evidence of the drill with an ordinary client and has the script check it; the page of the last one. */
export async function checkEvidence(
  shop: Shop,
  path: string,
  folder: string,
  tell: Narrator,
): Promise<string> {
  await ensureTools(['openssl']);
  const all = dirname(path);
  rmSync(folder, { recursive: true, force: true });
  for (const [key, bytes] of await fetchBucket(shop, `postgres/${all}/`)) {
    const file = join(folder, key.slice(`postgres/${all}/`.length));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  const script = join(import.meta.dirname, '../docs/evidence/verify-evidence.sh');
  const { stdout } = await execa('sh', [script, folder, shop.secrets.files.verifyKey]);
  for (const line of stdout.split('\n')) tell.line(line);
  return join(folder, basename(path), 'evidence.html');
}
