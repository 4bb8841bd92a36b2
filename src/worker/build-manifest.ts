import type { VerificationLevel } from '../api/v1alpha1/postgres-backup.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import { nextInSequence } from '../domain/catalogue.ts';
import type { Manifest, ManifestObject } from '../domain/manifest.ts';
import { suspiciousShrinkage } from '../domain/shrinkage.ts';
import type { ServerFacts } from '../postgres/server.ts';
import type { DumpedDatabase } from './dump-database.ts';
import type { RunContext } from './run-context.ts';

export interface FinishedWork {
  readonly server: ServerFacts;
  readonly clientVersion: string;
  readonly databases: readonly DumpedDatabase[];
  readonly objects: readonly ManifestObject[];
  readonly level: VerificationLevel;
  readonly steps: Manifest['verification']['steps'];
  readonly notes: Manifest['notes'];
  readonly filtered: boolean;
}

export function buildManifest(context: RunContext, catalogue: Catalogue, work: FinishedWork): Manifest {
  const { task, clock } = context;
  const now = clock.now();
  const { server } = work;
  const databases = work.databases.map(manifestDatabase);
  const snapshotTime = databases.map((database) => database.snapshotTime)[0] ?? now.toISOString();
  const manifest: Manifest = {
    schema: 'pgcairn.dev/manifest/v1',
    runId: task.run.id,
    ...nextInSequence(catalogue),
    backup: task.backup,
    trigger: task.run.trigger,
    startTime: context.startTime.toISOString(),
    snapshotTime,
    completionTime: now.toISOString(),
    producer: { version: context.version },
    server: {
      version: server.version,
      versionNumber: server.versionNumber,
      ...(server.systemIdentifier === undefined ? {} : { systemIdentifier: server.systemIdentifier }),
      inRecovery: server.inRecovery,
    },
    client: { version: work.clientVersion },
    content: task.spec.logical.content,
    filtered: work.filtered,
    databases,
    objects: [...work.objects],
    recipients: [...context.recipients],
    verification: { level: work.level, steps: work.steps },
    notes: work.notes,
    suspicious: false,
  };
  return judgeSize(manifest, catalogue, task.spec.databases?.all === true, now);
}

/** A run that lost much against the one before it is kept, and says so. */
function judgeSize(manifest: Manifest, catalogue: Catalogue, everyDatabase: boolean, now: Date): Manifest {
  const earlier = catalogue.runs.map((run) => run.manifest);
  const losses = suspiciousShrinkage(manifest, earlier, { now, everyDatabase });
  return {
    ...manifest,
    suspicious: losses.length > 0,
    notes: [...losses.map((message) => ({ reason: 'Shrunk', message })), ...manifest.notes],
  };
}

function manifestDatabase({ inventory, archive }: DumpedDatabase): Manifest['databases'][number] {
  return {
    name: inventory.database,
    oid: inventory.oid,
    sizeBytes: inventory.sizeBytes,
    encoding: inventory.encoding,
    tables: inventory.tables.length,
    ...(archive === undefined ? {} : { rows: archive.tables.reduce((sum, { rows }) => sum + rows, 0) }),
    largeObjects: inventory.largeObjects,
    snapshotTime: inventory.snapshotTime,
  };
}
