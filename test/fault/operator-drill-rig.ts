import type { BackupDrill } from '../../src/api/v1alpha1/backup-drill.ts';
import type { PostgresBackupStatus } from '../../src/api/v1alpha1/postgres-backup.ts';
import type { ObjectKey } from '../../src/base/resource.ts';
import type { BackupDrillParts } from '../builders/backup-drill.ts';
import type { Condition } from '../../src/api/v1alpha1/condition.ts';
import type { Pod } from '../../src/kube/types.ts';
import { podType } from '../../src/kube/types.ts';
import type { World } from './operator-world.ts';

/** The status of a backup that has a verified run. */
export const provenSource: PostgresBackupStatus = {
  observedGeneration: 1,
  lastSlotTime: '2026-12-01T02:17:00Z',
  server: { version: '16.9', systemIdentifier: '7351', sizeBytes: 1_000_000_000 },
  lastSuccess: {
    runId: '20261201T021700Z-7f3a',
    snapshotTime: '2026-12-01T02:17:10Z',
    storedBytes: 300_000_000,
    verifiedTo: 'Inventoried',
  },
};

export const drillKey: ObjectKey = { namespace: 'shop', name: 'shop-monthly' };

/** When a world of drills begins: before the slot of `shop-monthly`. */
export const beforeSlot = '2026-12-01T02:50:00Z';
export const slot = '2026-12-01T03:00:00Z';
export const untilSlot = 600;

/** A repository, a backup with a verified run, and the drill of it. */
export function seedAll(world: World, drill: BackupDrillParts = {}): BackupDrill {
  world.seedRepository();
  world.seedBackup({ spec: { suspend: true }, status: provenSource });
  return world.seedDrill(drill);
}

export function conditionOf(world: World, type: string): Condition | undefined {
  return world.drill().status?.conditions?.find((one) => one.type === type);
}

/** The Job of the drill under way. */
export function drillJob(world: World): ObjectKey {
  return { namespace: 'shop', name: world.drill().status!.currentRun!.jobName };
}

/** The Job that asks the store about it. */
export function askJob(world: World): ObjectKey {
  const { namespace, name } = drillJob(world);
  return { namespace, name: `${name}-i` };
}

/** Brings the drill to where its worker runs; its run id. */
export async function startDrill(world: World, drill: BackupDrillParts = {}): Promise<string> {
  seedAll(world, drill);
  await world.wait(untilSlot);
  return world.drill().status!.currentRun!.runId;
}

/** Jobs that nobody has let go, and pods that run. */
export function leftovers(world: World): readonly string[] {
  const held = world.jobs().filter(({ metadata }) => (metadata.finalizers ?? []).length > 0);
  const pods = world.server.list<Pod>(podType).filter(({ status }) => status?.phase === 'Running');
  return [...held, ...pods].map(({ metadata }) => metadata.name);
}
