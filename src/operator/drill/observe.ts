import type { BackupDrill } from '../../api/v1alpha1/backup-drill.ts';
import { BackupDrillSpec, backupDrillType } from '../../api/v1alpha1/backup-drill.ts';
import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { PostgresBackup } from '../../api/v1alpha1/postgres-backup.ts';
import type { ObjectKey } from '../../base/resource.ts';
import type { Finding } from '../../domain/validate-spec.ts';
import { validateBackupDrill } from '../../domain/validate-spec.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import type { ReadSpec } from '../read-spec.ts';
import { readSpec } from '../read-spec.ts';
import type { ObservePorts } from '../run/observe-runs.ts';
import { observeOrphans, observeRuns } from '../run/observe-runs.ts';
import { readRepository } from '../run/read-repository.ts';
import type { SeenRepository } from '../run/seen.ts';
import { readService } from './reach/read-service.ts';
import type { SeenService } from './reach/store-reach.ts';
import type { Seen, SeenPresent, SeenSource } from './seen.ts';

/** Reads everything that a pass over one BackupDrill may need. */
export async function observe(ports: ObservePorts, observer: Observer, key: ObjectKey): Promise<Seen> {
  const drill = observer.cache(backupDrillType).get(key);
  const looking = { ports, observer, servers: { shared: false } } as const;
  const orphans = await observeOrphans(looking, backupDrillType, key, drill);
  if (!drill) return { state: 'absent', orphans };
  const source = readSource(observer, drill);
  const repository = readSourceRepository(observer, drill, source);
  const runs = await observeRuns(looking, drill, drill.status?.currentRun);
  return {
    state: 'present',
    settings: ports.settings,
    owner: drill,
    spec: readDrillSpec(drill, ports.now()),
    source,
    repository,
    ...runs,
    orphans,
    service: await readServiceFor(observer, drill, repository, runs),
  };
}

function readDrillSpec(drill: BackupDrill, now: Date): ReadSpec<BackupDrillSpec> {
  return readSpec(BackupDrillSpec, drill.spec, (spec) => [
    ...validateBackupDrill(spec, now),
    ...imageFindings(spec),
  ]);
}

/** Only a PostgresBackup tells of which major its runs are before one of them is read. */
function imageFindings({ source, server }: BackupDrillSpec): readonly Finding[] {
  if (!source.repository || server.image !== undefined) return [];
  const message =
    'is needed with source.repository: an image with PostgreSQL of the major of the runs, since no PostgresBackup tells which that is';
  return [{ field: 'server.image', message }];
}

/** As stored: also an object whose spec is invalid elsewhere may have a drill under way. */
function storedSource({ spec }: BackupDrill): Partial<BackupDrillSpec['source']> {
  return (spec as Partial<BackupDrillSpec> | undefined)?.source ?? {};
}

function readSource(observer: Observer, drill: BackupDrill): SeenSource {
  const { backupRef } = storedSource(drill);
  if (!backupRef) return { kind: 'repository' };
  const { name } = backupRef;
  const backup = observer.cache(postgresBackupType).get({ namespace: drill.metadata.namespace ?? '', name });
  const isThere = backup !== undefined && backup.metadata.deletionTimestamp === undefined;
  return { kind: 'backup', name, ...(isThere && { backup }) };
}

function readSourceRepository(observer: Observer, drill: BackupDrill, source: SeenSource): SeenRepository {
  const namespace = drill.metadata.namespace ?? '';
  if (source.kind === 'repository') {
    const name = storedSource(drill).repository?.repositoryRef.name ?? '';
    return readRepository(observer, { namespace, name });
  }
  if (!source.backup) return { state: 'missing', name: `of PostgresBackup ${source.name}` };
  const stored = source.backup.spec as Partial<PostgresBackup['spec']> | undefined;
  return readRepository(observer, { namespace, name: stored?.repositoryRef?.name ?? '' });
}

/** Needed when a Job is made, and read only then: every other pass goes without. */
async function readServiceFor(
  observer: Observer,
  drill: BackupDrill,
  repository: SeenRepository,
  { current, inspect }: Pick<SeenPresent, 'current' | 'inspect'>,
): Promise<SeenService> {
  const isMade = current.state === 'ours' && inspect.state !== 'absent';
  if (isMade || repository.state === 'missing' || repository.state === 'invalid') return { state: 'none' };
  return await readService(observer, repository.spec, drill.metadata.namespace ?? '');
}
