import { createInterface } from 'node:readline';
import { execa } from 'execa';
import type { PostgresBackupStatus } from '../../../src/api/v1alpha1/postgres-backup.ts';
import type { Cluster } from '../harness/cluster.ts';

/** Everything that was ever seen of a namespace's Jobs and backups, from the moment the watch began. */
export interface History extends AsyncDisposable {
  /** UIDs of the Jobs that were made for each run of a backup, by run id. */
  readonly jobs: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every status that each backup had, oldest first. */
  readonly statuses: ReadonlyMap<string, readonly PostgresBackupStatus[]>;
}

const job = String.raw`{.metadata.uid}{" "}{.metadata.labels.pgcairn\.dev/task-kind}{" "}{.metadata.annotations.pgcairn\.dev/run-id}{"\n"}`;
const backup = String.raw`{.metadata.name}{" "}{.status}{"\n"}`;

export function watchHistory(cluster: Cluster, namespace: string): History {
  const jobs = new Map<string, Set<string>>();
  const statuses = new Map<string, PostgresBackupStatus[]>();
  const watches = [
    watch(cluster, namespace, 'jobs', job, (line) => {
      const [uid = '', task, runId = ''] = line.split(' ');
      if (task === 'backup') jobs.set(runId, (jobs.get(runId) ?? new Set()).add(uid));
    }),
    watch(cluster, namespace, 'postgresbackups', backup, (line) => {
      const [, name = '', status] = /^(\S+) (\{.*)$/.exec(line) ?? [];
      if (status === undefined) return;
      const parsed = JSON.parse(status) as PostgresBackupStatus;
      statuses.set(name, [...(statuses.get(name) ?? []), parsed]);
    }),
  ];
  return {
    jobs,
    statuses,
    async [Symbol.asyncDispose]() {
      await Promise.all(watches.map((stop) => stop()));
    },
  };
}

function watch(
  cluster: Cluster,
  namespace: string,
  kind: string,
  columns: string,
  take: (line: string) => void,
): () => Promise<void> {
  const args = ['get', kind, '--namespace', namespace, '--watch', '--output', `jsonpath=${columns}`];
  const child = execa('kubectl', args, { env: cluster.env, reject: false, buffer: false });
  createInterface({ input: child.stdout }).on('line', (line) => take(line));
  return async () => {
    child.kill('SIGTERM');
    await child;
  };
}
