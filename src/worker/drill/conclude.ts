import { CheckId } from '../../domain/evidence.ts';
import type { EvidenceCheck } from '../../domain/evidence.ts';
import { drillVerdict } from '../../domain/drill-verdict.ts';
import type { Failure } from '../../domain/failure.ts';
import { drillObjectives } from '../../domain/objectives.ts';
import type { EvidenceDraft } from './evidence.ts';
import type { DrillContext } from './ledger.ts';

/** The evidence of a drill that has ended. `failure`: what cut it short, where something did. */
export function concludeDrill(context: DrillContext, failure: Failure | undefined): EvidenceDraft {
  const { ledger, task, clock, store, version } = context;
  const { drill, run, spec } = task;
  const { recoveryTimeSeconds, recoveryPointSeconds } = drillObjectives(spec.objectives, spec.source);
  const { checks, tables, controls, findings, phases, measured, backup, server } = ledger;
  return {
    schema: 'pgcairn.dev/evidence/v1',
    drill,
    runId: run.id,
    trigger: run.trigger,
    producer: { version },
    ...drillVerdict({
      checks,
      controls,
      ...(failure === undefined ? {} : { failure }),
      ...(backup?.content === undefined ? {} : { content: backup.content }),
      suspicious: backup?.suspicious === true,
      tables,
      passedOver: ledger.passedOver,
    }),
    startTime: ledger.startTime.toISOString(),
    completionTime: clock.now().toISOString(),
    ...(backup === undefined ? {} : { backup }),
    location: store.location,
    ...(server === undefined ? {} : { server }),
    objectives: {
      ...(recoveryTimeSeconds === undefined ? {} : { recoveryTimeSeconds }),
      ...(recoveryPointSeconds === undefined ? {} : { recoveryPointSeconds }),
    },
    measured,
    phases,
    checks: [...checks, ...notReached(checks)],
    tables,
    controls,
    findings,
  };
}

/** What a drill that ended early did not come to is in the record, too. */
function notReached(checks: readonly EvidenceCheck[]): EvidenceCheck[] {
  const made = new Set(checks.map(({ id }) => id));
  return CheckId.options
    .filter((id) => !made.has(id))
    .map((id) => ({ id, outcome: 'NotChecked', detail: 'the drill ended before', seconds: 0 }));
}
