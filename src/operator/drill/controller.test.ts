import { expect, it } from 'vitest';
import { backupDrill } from '../../../test/builders/backup-drill.ts';
import { backupRepository } from '../../../test/builders/backup-repository.ts';
import { postgresBackup } from '../../../test/builders/postgres-backup.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../base/resource.ts';
import type { CacheOptions, Observer } from '../../runtime/controller-definition.ts';
import { backupController } from '../backup/controller.ts';
import { backupCache, drillCache } from '../caches.ts';
import type { ObservePorts } from '../run/observe-runs.ts';
import { drillController } from './controller.ts';

const elsewhere = { namespace: 'other' };
const repositorySource = { repository: { repositoryRef: { name: 'offsite' }, path: 'lost/orders' } };
const drills = [
  backupDrill(),
  backupDrill({ metadata: { name: 'of-repository' }, spec: { source: repositorySource } }),
  backupDrill({ metadata: { name: 'of-orders' }, spec: { source: { backupRef: { name: 'orders' } } } }),
  backupDrill({ metadata: { ...elsewhere, name: 'elsewhere' } }),
];
const backups = [
  postgresBackup(),
  postgresBackup({ metadata: { name: 'orders' }, spec: { repositoryRef: { name: 'onsite' } } }),
  postgresBackup({ metadata: elsewhere }),
];

/** Caches of those objects, with the indexes that the operator keeps. */
const caches = {
  cache: ({ kind }: ResourceType) => {
    const [options, all] = kind === 'BackupDrill' ? [drillCache, drills] : [backupCache, backups];
    const { indexes } = options as unknown as CacheOptions<KubeObject>;
    return {
      byIndex: (index: string, value: string) =>
        all.filter((object) => indexes[index]!(object).includes(value)),
    };
  },
} as unknown as Pick<Observer, 'cache'>;
const ports = {} as ObservePorts;

function woken(
  { watches }: Pick<ReturnType<typeof drillController>, 'watches'>,
  object: KubeObject,
): readonly ObjectKey[] {
  return watches.find(({ type }) => type.kind === object.kind)!.wakes(object, caches);
}
const named = (...names: readonly string[]): readonly ObjectKey[] =>
  names.map((name) => ({ namespace: 'shop', name }));

it('a backup wakes the drills that restore its runs', () => {
  expect(woken(drillController(ports), postgresBackup())).toEqual(named('shop-monthly'));
});

it('a repository wakes the drills that restore from it, by themselves or through a backup', () => {
  expect(woken(drillController(ports), backupRepository())).toEqual(named('of-repository', 'shop-monthly'));
});

it('a drill wakes the backup that it is of, which tells what was proven', () => {
  const controller = backupController(ports) as unknown as ReturnType<typeof drillController>;
  expect(woken(controller, drills[2]!)).toEqual(named('orders'));
  expect(woken(controller, drills[1]!)).toEqual([]);
});
