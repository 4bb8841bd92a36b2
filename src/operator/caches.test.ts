import { expect, it } from 'vitest';
import { job } from '../../test/builders/workload.ts';
import { jobCache } from './caches.ts';

it('a Job in the cache keeps what its passes read: how often it is tried, and how far it is', () => {
  const given = job({
    spec: { suspend: false, backoffLimit: 0, template: { spec: { containers: [] } } },
    status: { active: 1, startTime: '2026-11-20T02:17:00Z' },
  });

  const kept = jobCache.project(given);

  expect(kept.spec).toEqual({ suspend: false, backoffLimit: 0 });
  expect(kept.status).toEqual({ active: 1, startTime: '2026-11-20T02:17:00Z' });
});
