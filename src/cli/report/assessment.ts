import { counted } from '../../domain/amounts.ts';
import type { Assessment } from '../cluster/assess.ts';
import { formatTable } from '../terminal/table.ts';

/** A line for each object, and the answer below. */
export function assessmentText(assessments: readonly Assessment[]): string {
  if (assessments.length === 0) return 'there is no PostgresBackup and no BackupDrill\n';
  const rows = assessments.map(({ namespace, object, state, known, advice }) => [
    namespace,
    object,
    state,
    known,
    advice,
  ]);
  const wanting = assessments.filter(({ state }) => state === 'Attention').length;
  const waiting = assessments.filter(({ state }) => state === 'Waiting').length;
  const good = assessments.length - wanting - waiting;
  const parts = [
    `${String(good)} of ${String(assessments.length)} ${good === 1 ? 'is' : 'are'} good`,
    ...(waiting === 0 ? [] : [counted(waiting, 'waits for its first run', 'wait for their first run')]),
    ...(wanting === 0 ? [] : [counted(wanting, 'needs attention', 'need attention')]),
  ];
  const table = formatTable(['NAMESPACE', 'OBJECT', 'STATE', 'KNOWN', 'WHAT TO DO'], rows);
  return `${table}${parts.join(', ')}\n`;
}
