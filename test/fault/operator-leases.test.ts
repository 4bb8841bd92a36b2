import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import type { ObjectKey } from '../../src/base/resource.ts';
import type { Lease, Pod } from '../../src/kube/types.ts';
import { jobType, leaseType, podType } from '../../src/kube/types.ts';
import { serverKey, serverLeaseName } from '../../src/operator/backup/server-key.ts';
import type { Settings } from '../../src/operator/settings.ts';
import type { World } from './operator-world.ts';
import { goodReport, startWorld } from './operator-world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(async () => {
  await world.close();
});

const untilSlot = 17 * 60;

/** A run under way: its Job, its pod and the Lease that it holds. */
async function startRun(): Promise<{ job: ObjectKey; pod: ObjectKey; lease: ObjectKey }> {
  world.seedRepository();
  world.seedBackup();
  await world.wait(untilSlot);
  const job = world.runJob();
  const pod = { namespace: 'shop', name: world.server.jobs.podOf(job)!.metadata.name };
  const [lease] = world.leases();
  expect(lease?.spec?.holderIdentity).toBe(world.server.read(jobType, job)?.metadata.uid);
  return { job, pod, lease: { namespace: 'pgcairn-system', name: lease!.metadata.name } };
}
/** Takes the backup and its Job away behind the operator's back, as the end of a namespace does. */
function vanish(job: ObjectKey): void {
  world.server.garbageCollector.enabled = false;
  world.server.remove(postgresBackupType, { namespace: 'shop', name: 'shop' });
  world.server.patch(jobType, job, { metadata: { finalizers: [] } });
  world.server.remove(jobType, job);
}

describe('the Lease of a server', () => {
  it('is removed when the run that held it has ended', async () => {
    const { job } = await startRun();
    const { runId } = world.backup().status!.currentRun!;
    world.server.jobs.finish(job, { exitCode: 0, message: goodReport(runId) });
    await world.settle();
    expect(world.leases()).toEqual([]);
  });

  it('stays as long as its Job works, whatever becomes of the rest', async () => {
    const { lease } = await startRun();
    const before = world.server.read(leaseType, lease);
    await world.wait(3600);
    expect(world.server.read(leaseType, lease)).toEqual(before);
  });

  it('names its last Job while a pod of it works on, and goes with the pod', async () => {
    const { job, pod } = await startRun();
    world.server.garbageCollector.enabled = false;
    world.server.remove(jobType, job);
    await world.wait(60);
    expect(world.server.read(jobType, job)).toBeUndefined();
    const [lease] = world.leases();
    expect(lease?.spec?.holderIdentity).toBeUndefined();
    expect(lease?.metadata.annotations).toMatchObject({ 'pgcairn.dev/holder': `shop/${job.name}` });
    world.server.remove(podType, pod);
    await world.settle();
    expect(world.leases()).toEqual([]);
  });

  it('is removed when its Job vanished with nobody to give it back', async () => {
    const { job, pod } = await startRun();
    vanish(job);
    await world.settle();
    expect(world.leases().map(({ spec }) => spec?.holderIdentity !== undefined)).toEqual([true]);
    world.server.remove(podType, pod);
    await world.settle();
    expect(world.leases()).toEqual([]);
  });

  it('does not wait for ever for a pod on a node that nobody hears of', async () => {
    const { job, pod } = await startRun();
    vanish(job);
    world.server.patch(podType, pod, { metadata: { finalizers: ['example.test/lost-node'] } });
    world.server.remove(podType, pod);
    await world.wait(300);
    expect(world.leases()).toHaveLength(1);
    await world.wait(600);
    expect(world.server.read<Pod>(podType, pod)).toBeDefined();
    expect(world.leases()).toEqual([]);
  });

  it('is left to whoever takes it while it is about to be removed', async () => {
    const { job, pod, lease } = await startRun();
    vanish(job);
    world.server.remove(podType, pod);
    const removal = world.server.faults.add(
      { method: 'DELETE', path: /leases/ },
      { do: 'hold', when: 'before' },
    );
    const pass = world.operator().pass(lease, leaseType);
    await expect.poll(() => removal.hits, { timeout: 20_000 }).toBe(1);
    const taken = { spec: { holderIdentity: 'another' } };
    world.server.patch(leaseType, lease, taken);
    removal.release();
    expect(await pass).toMatchObject({ kind: 'again' });
    expect(world.server.read<Lease>(leaseType, lease)?.spec?.holderIdentity).toBe('another');
  });

  it('is removed once by two operators at once', async () => {
    const { job, pod, lease } = await startRun();
    vanish(job);
    world.server.remove(podType, pod);
    const passes = [world.operator(), world.operator()].map((one) => one.pass(lease, leaseType));
    expect((await Promise.all(passes)).map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(world.leases()).toEqual([]);
  });

  it('of a namespace that is not watched is left alone', async () => {
    const { job, pod, lease } = await startRun();
    vanish(job);
    world.server.remove(podType, pod);
    const elsewhere = { annotations: { 'pgcairn.dev/holder': 'elsewhere/job' } };
    world.server.patch(leaseType, lease, { metadata: elsewhere });
    await world.operator(undefined, { watchNamespaces: ['shop'] }).pass(lease, leaseType);
    expect(world.leases()).toHaveLength(1);
  });
});

describe('the Lease of a server that a Job in a namespace that is not watched names', () => {
  const systemNamespace = 'pgcairn-system';

  /** The backup of the rig and the Lease of its server; its name. */
  function seedHeld(spec: object): string {
    world.seedRepository();
    const backup = world.seedBackup();
    const name = serverLeaseName(serverKey(backup, backup.spec));
    world.server.seed(leaseType, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        name,
        namespace: systemNamespace,
        annotations: { 'pgcairn.dev/holder': 'elsewhere/orders-1' },
      },
      spec,
    });
    return name;
  }
  const message = (): string | undefined =>
    world.backup().status?.conditions?.find(({ type }) => type === 'Ready')?.message;

  it.each([
    {
      name: 'by what the operator was told to watch',
      own: { watchNamespaces: ['shop', systemNamespace] },
      code: 500,
    },
    { name: 'by the answer of the API server', own: {}, code: 403 },
  ] satisfies readonly { name: string; own: Partial<Settings>; code: number }[])(
    'is waited for, and Ready says how to free it: $name',
    async ({ own, code }) => {
      world.server.faults.add(
        { method: 'GET', path: /namespaces\/elsewhere\//, times: Infinity },
        { do: 'status', code, reason: code === 403 ? 'Forbidden' : 'InternalError' },
      );
      const name = seedHeld({ holderIdentity: 'uid-elsewhere' });
      await world.wait(untilSlot, world.operator(undefined, own));
      expect(message()).toContain('waits for the server, at which Job elsewhere/orders-1 works');
      expect(message()).toContain(`kubectl delete lease ${name} --namespace ${systemNamespace}`);
      world.server.remove(leaseType, { namespace: systemNamespace, name });
      await world.wait(60);
      expect(world.backup().status?.currentRun?.stage).toBe('Running');
    },
  );

  it('makes a slot missed in the end, for the server that is busy', async () => {
    seedHeld({ holderIdentity: 'uid-elsewhere' });
    await world.wait(untilSlot + 3700, world.operator(undefined, { watchNamespaces: ['shop'] }));
    expect(world.backup().status?.missedRuns).toMatchObject({ count: 1, reason: 'ServerBusy' });
  });

  it('is held also once it was given back, as pods of the Job cannot be seen', async () => {
    seedHeld({});
    await world.wait(untilSlot, world.operator(undefined, { watchNamespaces: ['shop'] }));
    expect(world.backup().status?.currentRun?.stage).toBe('Waiting');
  });
});
