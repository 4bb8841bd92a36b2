import { afterEach, expect, test } from 'vitest';
import { manualClock } from '../../test/fault/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { jobType } from '../kube/types.ts';
import { LoopWatch, readinessFindings, startHealthServer } from './health.ts';
import type { HealthServer } from './health.ts';
import { createRuntimeMetrics } from './metrics.ts';

const servers: HealthServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

function informer(synced: boolean, ageMilliseconds: number): Parameters<typeof readinessFindings>[0][number] {
  return { type: jobType, synced, contactAgeMilliseconds: () => ageMilliseconds };
}

async function serve(
  informers: Parameters<typeof readinessFindings>[0],
  metrics: { render: ReturnType<typeof createRuntimeMetrics>['render'] } = createRuntimeMetrics(),
): Promise<HealthServer> {
  const server = await startHealthServer({
    informers,
    metrics,
    clock: manualClock(),
    logger: silentLogger,
    host: '127.0.0.1',
    probePort: 0,
    metricsPort: 0,
  });
  servers.push(server);
  return server;
}

async function answer(port: number, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
}

const readiness: readonly [string, Parameters<typeof readinessFindings>[0], readonly string[]][] = [
  ['synced and heard of lately', [informer(true, 89_999)], []],
  ['not synced', [informer(false, 0)], ['Job: first list not done']],
  ['silent for 90 s', [informer(true, 90_000)], ['Job: no word from the API server for 90 s']],
  ['one of two not synced', [informer(true, 0), informer(false, 0)], ['Job: first list not done']],
];

test.each(readiness)('readiness with a kind %s', (_name, informers, findings) => {
  expect(readinessFindings(informers)).toEqual(findings);
});

test('the event loop counts as dead when a beat is 5 s late, and as alive once beats come in time again', async () => {
  const clock = manualClock();
  let blocked = 0;
  const late = { ...clock, monotonic: () => clock.monotonic() + blocked };
  const watch = new LoopWatch(late);
  const stop = new AbortController();
  const end = watch.run(stop.signal);
  await clock.advance(2_000);
  expect(watch.findings()).toEqual([]);

  blocked = 5_600;
  expect(watch.findings()).toHaveLength(1);
  await clock.advance(500);
  expect(watch.findings()).toHaveLength(1);
  await clock.advance(500);
  expect(watch.findings()).toEqual([]);

  stop.abort();
  await end;
});

test('probes answer 200 when all is well and 503 with the reason when not', async () => {
  const well = await serve([informer(true, 0)]);
  const ill = await serve([informer(false, 0)]);

  expect(await answer(well.probePort, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
  expect(await answer(well.probePort, '/readyz?verbose')).toEqual({ status: 200, body: 'ok\n' });
  expect(await answer(ill.probePort, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
  expect(await answer(ill.probePort, '/readyz')).toEqual({ status: 503, body: 'Job: first list not done\n' });
});

test('metrics are on their own port and nowhere else', async () => {
  const { probePort, metricsPort } = await serve([]);

  expect((await answer(metricsPort, '/metrics')).body).toContain('# TYPE workqueue_depth gauge');
  expect((await answer(probePort, '/metrics')).status).toBe(404);
  expect((await answer(metricsPort, '/healthz')).status).toBe(404);
  expect((await answer(probePort, '/constructor')).status).toBe(404);
});

test('a scrape that fails answers 500 and the server lives on', async () => {
  const { metricsPort } = await serve([], { render: () => Promise.reject(new Error('boom')) });

  expect((await answer(metricsPort, '/metrics')).status).toBe(500);
  expect((await answer(metricsPort, '/metrics')).status).toBe(500);
});

test('a port in use is an error at the start', async () => {
  const { probePort } = await serve([]);
  const again = startHealthServer({
    informers: [],
    metrics: createRuntimeMetrics(),
    clock: manualClock(),
    logger: silentLogger,
    host: '127.0.0.1',
    probePort,
    metricsPort: probePort,
  });

  await expect(again).rejects.toThrow('EADDRINUSE');
});
