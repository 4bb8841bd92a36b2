import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerMajor } from '../../scripts/tools/postgres.ts';
import { postgresServerTree } from '../../scripts/tools/postgres.ts';
import { BackupDrillSpec } from '../../src/api/v1alpha1/backup-drill.ts';
import type { BackupRepositorySpec } from '../../src/api/v1alpha1/backup-repository.ts';
import { Evidence } from '../../src/domain/evidence.ts';
import type { DrillFacts } from '../../src/task/report.ts';
import type { DrillTask } from '../../src/task/task.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import type { Ending, Keys, WorkerPod } from './worker-harness.ts';
import { backupIdentity, makePod } from './worker-harness.ts';

export const drillIdentity = {
  namespace: 'shop',
  name: 'rehearsal',
  uid: '22222222-2222-2222-2222-222222222222',
};
let drills = 0;

/** A task for one more drill, each later than the one before. */
export function drillTask(
  repository: BackupRepositorySpec,
  spec: object = {},
  more: {
    runId?: string;
    newest?: DrillTask['source']['newest'];
    source?: { namespace: string; name: string };
  } = {},
): DrillTask {
  drills += 1;
  const second = String(drills % 60).padStart(2, '0');
  const minute = String(Math.floor(drills / 60)).padStart(2, '0');
  return {
    version: 1,
    kind: 'drill',
    repository,
    drill: drillIdentity,
    run: {
      id: more.runId ?? `20261121T00${minute}${second}Z-d${drills}`,
      trigger: 'Once',
      slotTime: '2026-11-21T00:00:00.000Z',
    },
    source: {
      namespace: more.source?.namespace ?? backupIdentity.namespace,
      name: more.source?.name ?? backupIdentity.name,
      ...(more.newest === undefined ? {} : { newest: more.newest }),
    },
    spec: BackupDrillSpec.parse({
      source: { backupRef: { name: 'shop' } },
      identitySecretRef: { name: 'identity' },
      ...spec,
    }),
  };
}

/** Where a drill of this major finds its server programs, on the machine that the tests run on. */
export async function localServer(
  major: ServerMajor,
): Promise<{ searchPath: string; programFolders: readonly string[] }> {
  return { searchPath: '/usr/bin:/bin', programFolders: [await postgresServerTree(major)] };
}

/** Steps of a drill of the database `shop`, as its log calls them, in their order. */
export const drillSteps = [
  'reading catalogue',
  'fetching objects',
  'opening objects',
  'restoring shop',
  'analysing shop',
  'checking',
  'proving that damage is found',
] as const;

/** A pod that backs `server` up, and that holds the identity which opens the runs. */
export async function makeDrillPod(parts: {
  readonly server: PostgresServer;
  readonly keys: Keys;
}): Promise<WorkerPod> {
  const pod = await makePod(parts);
  await giveIdentity(pod, parts.keys);
  return pod;
}

/** Gives a pod the identity that opens the runs. */
export async function giveIdentity(pod: WorkerPod, keys: Pick<Keys, 'identity'>): Promise<void> {
  await mkdir(join(pod.root, 'identity'), { recursive: true });
  const file = join(pod.root, 'identity/identity');
  await writeFile(file, `# made for a test\n${keys.identity}\n`);
  await chmod(file, 0o600);
}

export function factsOf(ending: Ending): DrillFacts {
  if (ending.report.kind === 'drill') return ending.report.drill;
  throw new Error(`the drill left no evidence: ${JSON.stringify(ending.report)}\n${ending.log}`);
}

/** Evidence as it lies in a pod's volume. */
export async function evidenceOn(pod: WorkerPod, facts: DrillFacts): Promise<Evidence> {
  const file = join(pod.volume, facts.evidence.path, 'evidence.json');
  return Evidence.parse(JSON.parse(await readFile(file, 'utf8')));
}
