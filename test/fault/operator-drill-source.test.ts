import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backupDrillType } from '../../src/api/v1alpha1/backup-drill.ts';
import { backupRepositoryType } from '../../src/api/v1alpha1/backup-repository.ts';
import { jobType, networkPolicyType, serviceType } from '../../src/kube/types.ts';
import { Task } from '../../src/task/task.ts';
import type { DrillTask } from '../../src/task/task.ts';
import { drillReport } from '../builders/drill-facts.ts';
import { kstatus } from '../builders/kstatus.ts';
import {
  beforeSlot,
  conditionOf,
  drillJob,
  drillKey,
  leftovers,
  provenSource,
  seedAll,
  startDrill,
  untilSlot,
} from './operator-drill-rig.ts';
import type { World } from './operator-world.ts';
import { startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld(beforeSlot);
});
afterEach(async () => {
  await world.close();
});

interface Pod {
  readonly initContainers: readonly { readonly name: string; readonly image: string }[];
  readonly hostAliases?: readonly object[];
}
function podSpec(): Pod {
  const [job] = world.jobs('drill');
  return (job!.spec as unknown as { template: { spec: Pod } }).template.spec;
}
function taskOf(): DrillTask {
  const { jobName } = world.drill().status!.currentRun!;
  const job = world.jobs('drill').find(({ metadata }) => metadata.name === jobName);
  const { template } = job!.spec as unknown as {
    template: { metadata: { annotations: Record<string, string> } };
  };
  const task = Task.parse(JSON.parse(template.metadata.annotations['pgcairn.dev/task']!));
  if (task.kind !== 'drill') throw new Error('another task');
  return task;
}

describe('the source of a drill', () => {
  it.each([
    { name: 'BackupMissing', seed: () => world.seedRepository() },
    { name: 'RepositoryMissing', seed: () => world.seedBackup({ status: provenSource }) },
    {
      name: 'RepositoryNotReady',
      seed: () => {
        world.seedRepository({}, false);
        world.seedBackup({ status: provenSource, spec: { suspend: true } });
      },
    },
    {
      name: 'NoVerifiedBackup',
      seed: () => {
        world.seedRepository();
        world.seedBackup({ spec: { suspend: true } });
      },
    },
  ])(
    'that is not there is named: $name, also as the reason of a drill that was missed',
    async ({ name, seed }) => {
      seed();
      world.seedDrill();
      await world.settle();
      expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'False', reason: name });
      expect(conditionOf(world, 'Reconciling')).toMatchObject({ reason: 'WaitingForSource' });
      expect(kstatus(world.drill())).toBe('InProgress');
      await world.wait(untilSlot + 3700);
      expect(world.jobs('drill')).toEqual([]);
      expect(world.drill().status?.missedRuns).toMatchObject({ count: 1, reason: name });
    },
  );

  it('is told to the worker with the newest run that the operator knows of', async () => {
    await startDrill(world);
    expect(taskOf().source).toEqual({
      namespace: 'shop',
      name: 'shop',
      newest: { runId: '20261201T021700Z-7f3a', snapshotTime: '2026-12-01T02:17:10Z' },
    });
    expect(podSpec().initContainers).toMatchObject([{ name: 'server', image: 'registry.test/postgres:16' }]);
  });

  describe('has no newest run to be measured by', () => {
    async function sourceAfterMove(location: string | undefined): Promise<DrillTask['source']> {
      world.seedRepository({ spec: { s3: { bucket: 'acme-copy' } } });
      const lastSuccess = { ...provenSource.lastSuccess!, ...(location !== undefined && { location }) };
      world.seedBackup({ spec: { suspend: true }, status: { ...provenSource, lastSuccess } });
      world.seedDrill();
      await world.wait(untilSlot);
      return taskOf().source;
    }

    it('where the repository was moved since', async () => {
      expect(await sourceAfterMove('s3://acme-backups/postgres at AWS')).not.toHaveProperty('newest');
    });

    it.each(['s3://acme-copy at AWS', undefined])(
      'except the one that was saved at this place: %s',
      async (location) => {
        expect(await sourceAfterMove(location)).toHaveProperty('newest.runId', '20261201T021700Z-7f3a');
      },
    );
  });

  it('can be a folder of a repository alone, with an image that the owner names', async () => {
    world.seedRepository();
    const source = { repository: { repositoryRef: { name: 'offsite' }, path: 'lost/orders' } };
    world.seedDrill({ spec: { source, server: { image: 'postgis/postgis:17-3.5' } } });
    await world.wait(untilSlot);
    expect(world.drill().status).toMatchObject({
      source: 'offsite/lost/orders',
      currentRun: { stage: 'Running' },
    });
    expect(taskOf().source).toEqual({ namespace: 'lost', name: 'orders' });
    expect(podSpec().initContainers).toMatchObject([{ image: 'postgis/postgis:17-3.5' }]);
  });

  it('without a PostgresBackup needs an image, and says so', async () => {
    world.seedRepository();
    const source = { repository: { repositoryRef: { name: 'offsite' }, path: 'lost/orders' } };
    world.seedDrill({ spec: { source } });
    await world.wait(untilSlot);
    expect(world.jobs()).toEqual([]);
    expect(conditionOf(world, 'Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec' });
    expect(conditionOf(world, 'Ready')?.message).toContain('server.image');
  });

  it('that is another one than before makes the drill start anew', async () => {
    const runId = await startDrill(world);
    world.seedBackup({
      metadata: { name: 'orders' },
      spec: { suspend: true },
      status: provenSource,
    });
    world.server.patch(backupDrillType, drillKey, { spec: { source: { backupRef: { name: 'orders' } } } });
    await world.settle();
    expect(world.drill().status?.source).toBe('shop');
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await world.settle();
    expect(world.drill().status?.source).toBe('orders');
    expect(world.drill().status).not.toHaveProperty('lastPassed');
    expect(conditionOf(world, 'Verified')).toMatchObject({ reason: 'NotProven' });
    expect(world.backup('orders').status).not.toHaveProperty('lastProven');
  });
});

describe('the evidence that a repository must still hold', () => {
  async function secondTask(): Promise<DrillTask> {
    const annotations = { 'pgcairn.dev/run-requested': 'again' };
    world.server.patch(backupDrillType, drillKey, { metadata: { annotations } });
    await world.settle();
    return taskOf();
  }

  it('is the newest of the status', async () => {
    const runId = await startDrill(world);
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await world.settle();
    const known = world.drill().status!.lastRun!;
    expect((await secondTask()).evidence).toEqual({ runId, digest: known.evidence!.digest });
  });

  it('is none of before the repository was moved', async () => {
    const runId = await startDrill(world);
    world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
    await world.settle();
    world.server.remove(backupRepositoryType, { namespace: 'shop', name: 'offsite' });
    world.seedRepository({ spec: { s3: { bucket: 'acme-elsewhere' } } });
    await world.settle();
    expect((await secondTask()).evidence).toBeUndefined();
  });
});

describe('the network of a drill', () => {
  const s3 = {
    bucket: 'acme-backups',
    endpoint: 'http://s3:7070',
    credentialsSecretRef: { name: 'offsite-s3' },
  };
  it('is the pods behind the Service that the store is named by, found without a name service', async () => {
    world.server.seed(serviceType, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's3', namespace: 'shop' },
      spec: { clusterIP: '10.96.3.4', selector: { app: 's3' }, ports: [{ port: 7070, targetPort: 9000 }] },
    });
    world.seedRepository({ spec: { s3 } });
    world.seedBackup({ spec: { suspend: true }, status: provenSource });
    const { metadata } = world.seedDrill();
    await world.wait(untilSlot);
    const policy = world.server
      .list(networkPolicyType)
      .find(({ metadata: { ownerReferences } }) => ownerReferences?.[0]?.uid === metadata.uid);
    expect((policy as unknown as { spec: { egress: object[] } }).spec.egress).toEqual([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
            podSelector: { matchLabels: { app: 's3' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: 9000 }],
      },
    ]);
    expect(podSpec().hostAliases).toEqual([{ ip: '10.96.3.4', hostnames: ['s3'] }]);
  });
});

describe('a drill that is deleted', () => {
  it.each(['before its slot', 'while its worker runs', 'after it ended'])(
    '%s goes, and nothing of it stays',
    async (when) => {
      seedAll(world);
      if (when !== 'before its slot') await world.wait(untilSlot);
      if (when === 'after it ended') {
        const { runId } = world.drill().status!.currentRun!;
        world.server.jobs.finish(drillJob(world), { exitCode: 0, message: drillReport(runId) });
        await world.settle();
      }
      world.server.remove(backupDrillType, drillKey);
      await world.wait(120);
      expect(world.server.list(backupDrillType)).toEqual([]);
      expect(leftovers(world)).toEqual([]);
      expect(world.server.list(jobType)).toEqual([]);
    },
  );
});
