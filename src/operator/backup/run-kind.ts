import { postgresBackupType } from '../../api/v1alpha1/postgres-backup.ts';
import type { RunKind } from '../run/kind.ts';
import { movedWords } from '../run/place.ts';
import { repositoryBlocker } from '../run/miss-reason.ts';
import { foldBad, foldGood } from './fold.ts';
import type { JobParts } from './objects.ts';
import { backupNetworkPolicy, inspectJob, runJob } from './objects.ts';
import type { BackupTypes, SeenPresent } from './seen.ts';

/** How runs of a PostgresBackup are made and judged. */
export const backupRuns: RunKind<BackupTypes> = {
  type: postgresBackupType,
  task: 'backup',
  record: 'manifest',
  blocker: ({ repository }) => repositoryBlocker(repository),
  waitsFor: ({ repository }) => `repository ${repository.name}`,
  runObjects({ seen, spec, run }) {
    const parts = partsOf(seen);
    return parts && { policy: backupNetworkPolicy(parts), job: runJob(parts, spec, run) };
  },
  inspectObjects({ seen, spec, run }) {
    const parts = partsOf(seen);
    return parts && { policy: backupNetworkPolicy(parts), job: inspectJob(parts, spec, run) };
  },
  hasEnded: ({ runs }, runId) => runs?.some((run) => run.runId === runId) ?? false,
  foldReport(view, report) {
    if (report.kind !== 'backup' || report.run.runId !== view.run.runId) return undefined;
    const moved = movedWords(view.run, view.seen.repository);
    const notes = moved === undefined ? report.notes : [...report.notes, moved];
    return foldGood(view, { run: report.run, stored: report.stored, notes });
  },
  inOwnTerms: (failure) => failure,
  foldFailure: foldBad,
  readAnswer(report) {
    if (report.kind !== 'inspect') return undefined;
    const { run, stored } = report;
    if (!run) return {};
    return {
      found: { runId: run.runId, fold: (view, words) => foldGood(view, { run, stored, notes: [words] }) },
    };
  },
};

/** Undefined while the repository cannot be read; one whose last probe failed is used. */
function partsOf({ settings, owner, repository }: SeenPresent): JobParts | undefined {
  if (repository.state === 'missing' || repository.state === 'invalid') return undefined;
  return { settings, backup: owner, repository: repository.spec };
}
