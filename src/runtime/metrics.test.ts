import { expect, test } from 'vitest';
import { createRuntimeMetrics } from './metrics.ts';

test('every series of a controller exists at zero before its first pass, under the names of controller-runtime', async () => {
  const metrics = createRuntimeMetrics();

  metrics.controller('backup', 8);
  metrics.leading('pgcairn', false);
  const { body, contentType } = await metrics.render();

  expect(contentType).toContain('text/plain');
  for (const line of [
    'controller_runtime_reconcile_total{controller="backup",result="success"} 0',
    'controller_runtime_reconcile_total{controller="backup",result="error"} 0',
    'controller_runtime_reconcile_total{controller="backup",result="requeue"} 0',
    'controller_runtime_reconcile_total{controller="backup",result="requeue_after"} 0',
    'controller_runtime_reconcile_errors_total{controller="backup"} 0',
    'controller_runtime_terminal_reconcile_errors_total{controller="backup"} 0',
    'controller_runtime_reconcile_panics_total{controller="backup"} 0',
    'controller_runtime_reconcile_timeouts_total{controller="backup"} 0',
    'controller_runtime_reconcile_time_seconds_count{controller="backup"} 0',
    'controller_runtime_max_concurrent_reconciles{controller="backup"} 8',
    'controller_runtime_active_workers{controller="backup"} 0',
    'pgcairn_stale_sync_skips_total{controller="backup"} 0',
    'workqueue_depth{name="backup",controller="backup"} 0',
    'workqueue_adds_total{name="backup",controller="backup"} 0',
    'workqueue_retries_total{name="backup",controller="backup"} 0',
    'workqueue_queue_duration_seconds_count{name="backup",controller="backup"} 0',
    'workqueue_work_duration_seconds_count{name="backup",controller="backup"} 0',
    'leader_election_master_status{name="pgcairn"} 0',
    'leader_election_slowpath_total{name="pgcairn"} 0',
    'pgcairn_events_dropped_total 0',
  ]) {
    expect(body.split('\n')).toContain(line);
  }
});

test('work that is not done yet shows in the scrape', async () => {
  const metrics = createRuntimeMetrics();
  metrics.controller('backup', 1).observeQueue(
    () => [1_000, 4_000],
    () => 5_000,
  );

  const { body } = await metrics.render();

  expect(body).toContain('workqueue_unfinished_work_seconds{name="backup",controller="backup"} 5\n');
  expect(body).toContain(
    'workqueue_longest_running_processor_seconds{name="backup",controller="backup"} 4\n',
  );
});

test('registered gauges are computed at each scrape, and series that are gone leave', async () => {
  const metrics = createRuntimeMetrics();
  let names = ['shop', 'blog'];
  metrics.registerGauges([
    {
      name: 'pgcairn_backup_last_success_timestamp_seconds',
      help: 'When the newest good run was',
      labelNames: ['name'],
      samples: () => names.map((name, index) => ({ labels: { name }, value: index })),
    },
  ]);

  expect((await metrics.render()).body).toContain('_seconds{name="blog"} 1\n');
  names = ['shop'];
  const { body } = await metrics.render();

  expect(body).toContain('_seconds{name="shop"} 0\n');
  expect(body).not.toContain('blog');
});

test('calls to the API server are counted by method, host and code', async () => {
  const metrics = createRuntimeMetrics();

  metrics.restRequest('GET', 'api:6443', '200');
  metrics.restRequest('GET', 'api:6443', '200');
  metrics.restRequest('PUT', 'api:6443', '<error>');

  const { body } = await metrics.render();
  expect(body).toContain('rest_client_requests_total{method="GET",host="api:6443",code="200"} 2\n');
  expect(body).toContain('rest_client_requests_total{method="PUT",host="api:6443",code="<error>"} 1\n');
});
