import type { BackupDrillSpec } from '../../api/v1alpha1/backup-drill.ts';
import { backupDrillType } from '../../api/v1alpha1/backup-drill.ts';
import type { RunKind, RunObjects } from '../run/kind.ts';
import { blockerOf } from './blocker.ts';
import { drillFailure } from './drill-failure.ts';
import { foldDrill, foldNothing } from './fold.ts';
import type { JobParts } from './objects.ts';
import { drillJob, drillNetworkPolicy, inspectDrillJob } from './objects.ts';
import { storeReach } from './reach/store-reach.ts';
import type { DrillTypes, SeenPresent } from './seen.ts';
import { backupOf } from './seen.ts';
import { serverImage } from './server-image.ts';

/** How drills are made and judged. */
export const drillRuns: RunKind<DrillTypes> = {
  type: backupDrillType,
  task: 'drill',
  record: 'evidence',
  blocker: (seen) => blockerOf(seen)?.reason,
  waitsFor: ({ repository }) => `repository ${repository.name}`,
  runObjects: ({ seen, spec, run }) => makeObjects(seen, spec, run),
  inspectObjects({ seen, spec, run }) {
    const parts = partsOf(seen);
    return parts && { policy: drillNetworkPolicy(parts), job: inspectDrillJob(parts, spec, run) };
  },
  hasEnded: ({ history }, runId) => history?.some((drill) => drill.runId === runId) ?? false,
  foldReport(view, report) {
    if (report.kind !== 'drill' || report.drill.runId !== view.run.runId) return undefined;
    return foldDrill(view, report.drill);
  },
  inOwnTerms: drillFailure,
  foldFailure: foldNothing,
  readAnswer(report) {
    if (report.kind !== 'inspect-drill') return undefined;
    const { drill } = report;
    if (!drill) return {};
    return { found: { runId: drill.runId, fold: (view, words) => foldDrill(view, drill, words) } };
  },
};

function makeObjects(
  seen: SeenPresent,
  spec: BackupDrillSpec,
  run: Parameters<typeof drillJob>[3],
): RunObjects | undefined {
  const parts = partsOf(seen);
  const image = serverImage(spec, backupOf(seen), seen.settings);
  if (!parts || image === undefined) return undefined;
  return { policy: drillNetworkPolicy(parts), job: drillJob(parts, spec, image, run) };
}

/** Undefined while the repository cannot be read; one whose last probe failed is used. */
function partsOf(seen: SeenPresent): JobParts | undefined {
  const { settings, owner, repository, service } = seen;
  if (repository.state === 'missing' || repository.state === 'invalid') return undefined;
  const reach = storeReach(repository.spec, owner.metadata.namespace ?? '', service);
  return { settings, drill: owner, repository: repository.spec, backup: backupOf(seen), reach };
}
