import { describe, expect, it } from 'vitest';
import { postgresBackup } from '../../../test/builders/postgres-backup.ts';
import { job, jobCondition, pod, terminated } from '../../../test/builders/workload.ts';
import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { KubeObject, ResourceType } from '../../base/resource.ts';
import type { Job, Pod } from '../../kube/types.ts';
import { jobType } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { findJob, ofFormerOwner, withPods } from './read-jobs.ts';

interface Objects {
  readonly jobs?: readonly Job[];
  readonly pods?: readonly Pod[];
  readonly owner?: KubeObject;
}

/** Caches that show one state of things, and an API server that knows another. */
function observer(cached: Objects, live: Objects): Observer & { readonly liveReads: string[] } {
  const liveReads: string[] = [];
  const listOf = (type: ResourceType, objects: Objects): readonly KubeObject[] =>
    type.kind === jobType.kind ? (objects.jobs ?? []) : (objects.pods ?? []);
  const found = (type: ResourceType, objects: Objects, name: string): KubeObject | undefined =>
    type.kind === postgresBackupType.kind
      ? objects.owner
      : listOf(type, objects).find(({ metadata }) => metadata.name === name);
  return {
    liveReads,
    signal: new AbortController().signal,
    cache: (type: ResourceType) => ({
      get: (key: { name: string }) => found(type, cached, key.name),
      byIndex: () => listOf(type, cached),
      list: () => listOf(type, cached),
    }),
    live: {
      get: async (type: ResourceType, key: { name: string }) => {
        liveReads.push(`get ${type.kind}`);
        return await Promise.resolve(found(type, live, key.name));
      },
      list: async (type: ResourceType) => {
        liveReads.push(`list ${type.kind}`);
        return await Promise.resolve(listOf(type, live));
      },
    },
  } as unknown as Observer & { readonly liveReads: string[] };
}

const key = { namespace: 'shop', name: 'shop-run' };
const done = job({ status: { conditions: [jobCondition('Complete')] } });
const report = JSON.stringify({ version: 1, kind: 'inspect' });
const reported = pod({
  owner: done,
  status: { phase: 'Succeeded', containerStatuses: [terminated(0, report)] },
});

describe('a Job that is looked for', () => {
  it('is read live before it counts as absent', async () => {
    expect(await findJob(observer({}, { jobs: [done] }), key)).toEqual(done);
    expect(await findJob(observer({}, {}), key)).toBeUndefined();
  });

  it('is not read live when the cache has it', async () => {
    const seen = observer({ jobs: [done] }, {});
    expect(await findJob(seen, key)).toEqual(done);
    expect(seen.liveReads).toEqual([]);
  });
});

describe('the pods of a Job that is over', () => {
  it('are read live when the cache still shows the worker running', async () => {
    const seen = observer({ pods: [pod()] }, { pods: [reported] });
    expect((await withPods(seen, done)).pods).toEqual([reported]);
  });

  it('are not read live when the report is in the cache, or the Job still goes', async () => {
    const seen = observer({ pods: [reported] }, {});
    expect((await withPods(seen, done)).pods).toEqual([reported]);
    expect((await withPods(seen, job())).pods).toEqual([reported]);
    expect(seen.liveReads).toEqual([]);
  });
});

it("a pod that only carries the Job's name is not the Job's", async () => {
  const foreign = pod({ metadata: { name: 'foreign' }, status: reported.status });
  const seen = observer({ pods: [foreign] }, { pods: [foreign, reported] });
  expect((await withPods(seen, done)).pods).toEqual([reported]);
});

describe('a Job whose owner is not in the cache', () => {
  const owner = postgresBackup();
  const owned = job({ owner, metadata: { finalizers: ['pgcairn.dev/result'] } });
  const type = postgresBackupType;

  it('is orphaned only if the API server does not know its owner either', async () => {
    expect(await ofFormerOwner(observer({}, { owner }), type, key, [owned], undefined)).toEqual([]);
    expect(await ofFormerOwner(observer({}, {}), type, key, [owned], undefined)).toEqual([owned]);
  });

  it('is orphaned when another object has the name of its owner', async () => {
    const another = postgresBackup({ metadata: { uid: 'another' } });
    const seen = observer({ owner: another }, { owner: another });
    expect(await ofFormerOwner(seen, type, key, [owned], another)).toEqual([owned]);
  });

  it('is not looked at while its owner is in the cache, or nothing holds it', async () => {
    const seen = observer({}, {});
    expect(await ofFormerOwner(seen, type, key, [owned], owner)).toEqual([]);
    expect(await ofFormerOwner(seen, type, key, [job({ owner })], undefined)).toEqual([]);
    expect(seen.liveReads).toEqual([]);
  });
});
