import { expect, it } from 'vitest';
import { job, pod } from '../../test/builders/workload.ts';
import type { Pod } from '../kube/types.ts';
import { jobCache, podCache } from './caches.ts';

it('a Job in the cache keeps what its passes read: how often it is tried, and how far it is', () => {
  const given = job({
    spec: { suspend: false, backoffLimit: 0, template: { spec: { containers: [] } } },
    status: { active: 1, startTime: '2026-11-20T02:17:00Z' },
  });

  const kept = jobCache.project(given);

  expect(kept.spec).toEqual({ suspend: false, backoffLimit: 0 });
  expect(kept.status).toEqual({ active: 1, startTime: '2026-11-20T02:17:00Z' });
});

it('a pod in the cache keeps the claims that it mounts, and nothing else of its spec', () => {
  const claim = { name: 'repository', persistentVolumeClaim: { claimName: 'backups' } };
  const mounting = (...volumes: readonly object[]): Pod =>
    podCache.project({ ...pod(), spec: { containers: [], volumes } } as Pod);

  expect(mounting({ name: 'work', emptyDir: {} }, claim).spec).toEqual({ volumes: [claim] });
  expect(mounting({ name: 'work', emptyDir: {} })).not.toHaveProperty('spec');
});
