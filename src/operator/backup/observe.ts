import type { CurrentRun, PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import { PostgresBackupSpec, postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { ObjectKey } from '../../base/resource.ts';
import { validatePostgresBackup } from '../../domain/validate-spec.ts';
import type { Job } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { findJob, jobsByOwnerName, ofFormerOwner, podsOf, withPods } from '../job/read-jobs.ts';
import { annotationOf, isControlledBy, notes } from '../marks.ts';
import type { ReadSpec } from '../read-spec.ts';
import { readSpec } from '../read-spec.ts';
import type { Settings } from '../settings.ts';
import { slotIdOf } from './launch.ts';
import { inspectJobName } from './objects.ts';
import type { ProgressReader } from './read-progress.ts';
import { isNamespaceGoing } from './read-namespace.ts';
import { freshProgress } from './read-progress.ts';
import { readLease } from './read-lease.ts';
import { readRepository } from './read-repository.ts';
import type { Seen, SeenChild, SeenRunJob } from './seen.ts';
import { serverKey, serverLeaseName } from './server-key.ts';

export interface ObservePorts {
  readonly settings: Settings;
  readonly now: () => Date;
  readonly readProgress: ProgressReader;
}

/** Reads everything that a pass over one PostgresBackup may need. */
export async function observe(ports: ObservePorts, observer: Observer, key: ObjectKey): Promise<Seen> {
  const backup = observer.cache(postgresBackupType).get(key);
  const jobs = jobsByOwnerName(observer, postgresBackupType.kind, key);
  const orphans = await seenJobs(
    ports,
    observer,
    await ofFormerOwner(observer, postgresBackupType, key, jobs, backup),
  );
  if (!backup) return { state: 'absent', orphans };
  const run = backup.status?.currentRun;
  const spec = readBackupSpec(backup, ports.now());
  const named = run ? [run.jobName, inspectJobName(run)] : [];
  const own = jobs.filter((job) => isControlledBy(job, backup));
  const current = run ? await seeRunJob(ports, observer, backup, run, spec) : ({ state: 'none' } as const);
  const progress = await freshProgress(ports, observer, run, current);
  return {
    state: 'present',
    settings: ports.settings,
    backup,
    spec,
    repository: readRepository(observer, backup),
    current,
    inspect: run?.stage === 'Inspecting' ? await seeInspectJob(observer, backup, run) : { state: 'none' },
    others: await seenJobs(
      ports,
      observer,
      own.filter(({ metadata }) => !named.includes(metadata.name)),
    ),
    orphans,
    namespaceGoes: await isNamespaceGoing(observer, backup),
    ...(progress && { progress }),
  };
}

function readBackupSpec(backup: PostgresBackup, now: Date): ReadSpec<PostgresBackupSpec> {
  return readSpec(PostgresBackupSpec, backup.spec, (spec) => validatePostgresBackup(spec, now));
}

async function seeRunJob(
  ports: ObservePorts,
  observer: Observer,
  backup: PostgresBackup,
  run: CurrentRun,
  spec: ReadSpec<PostgresBackupSpec>,
): Promise<SeenChild> {
  const key = { namespace: backup.metadata.namespace ?? '', name: run.jobName };
  const job = await findJob(observer, key);
  if (!job) return { state: 'absent', pods: podsOf(observer, key) };
  const isOurs = isControlledBy(job, backup) && annotationOf(job.metadata, notes.slotId) === slotIdOf(run);
  if (!isOurs) return { state: 'foreign', name: run.jobName };
  const fallback = spec.state === 'valid' ? serverLeaseName(serverKey(backup, spec.spec)) : undefined;
  return { state: 'ours', ...(await seenJob(ports, observer, job, fallback)) };
}

async function seeInspectJob(
  observer: Observer,
  backup: PostgresBackup,
  run: CurrentRun,
): Promise<SeenChild> {
  const key = { namespace: backup.metadata.namespace ?? '', name: inspectJobName(run) };
  const job = await findJob(observer, key);
  if (!job) return { state: 'absent', pods: [] };
  const isOurs = isControlledBy(job, backup) && annotationOf(job.metadata, notes.runId) === run.runId;
  if (!isOurs) return { state: 'foreign', name: key.name };
  return { state: 'ours', ...(await withPods(observer, job)), lease: { state: 'unread' } };
}

async function seenJobs(
  ports: ObservePorts,
  observer: Observer,
  jobs: readonly Job[],
): Promise<readonly SeenRunJob[]> {
  return await Promise.all(jobs.map((job) => seenJob(ports, observer, job)));
}

async function seenJob(
  ports: ObservePorts,
  observer: Observer,
  job: Job,
  fallbackLease?: string,
): Promise<SeenRunJob> {
  const seen = await withPods(observer, job);
  const name = annotationOf(job.metadata, notes.lease) ?? fallbackLease;
  return { ...seen, lease: await readLease(ports.settings, observer, job, name) };
}
