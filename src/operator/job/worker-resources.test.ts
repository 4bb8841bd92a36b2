import { expect, it } from 'vitest';
import { workerResources } from './worker-resources.ts';

it.each([
  {
    what: 'nothing is wanted',
    wanted: {},
    requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
    limits: { memory: '512Mi', 'ephemeral-storage': '2Gi' },
  },
  {
    what: 'a limit lies below the request by default',
    wanted: { limits: { memory: '64Mi' } },
    requests: { memory: '64Mi' },
    limits: { memory: '64Mi' },
  },
  {
    what: 'a request lies above the limit by default',
    wanted: { requests: { memory: '2Gi' } },
    requests: { memory: '2Gi' },
    limits: { memory: '2Gi' },
  },
  {
    what: 'both are wanted',
    wanted: { requests: { cpu: 1 }, limits: { cpu: '1500m' } },
    requests: { cpu: 1 },
    limits: { cpu: '1500m' },
  },
])('no request is over its limit when $what', ({ wanted, requests, limits }) => {
  expect(workerResources(wanted)).toMatchObject({ requests, limits });
});
