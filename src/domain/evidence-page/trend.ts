import type { Evidence, EvidencePast } from '../evidence.ts';
import { chart } from './chart.ts';
import { duration, instant } from './amounts.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { icon } from './icons.ts';

const drillsShown = 24;

/** Recovery time and recovery point of the last drills and this one; nothing for the first drill. */
export function trend(evidence: Evidence): Html | undefined {
  if (evidence.past.length === 0) return undefined;
  const { objectives, runId, completionTime, verdict } = evidence;
  const { recoveryTimeSeconds, recoveryPointSeconds } = evidence.measured;
  const own: EvidencePast = { runId, completionTime, verdict, recoveryTimeSeconds, recoveryPointSeconds };
  const newestFirst = [own, ...evidence.past.slice(0, drillsShown)];
  const drills = newestFirst.toReversed();
  return html`${chart(
      { id: 'rto', title: 'Recovery time (RTO)', promised: objectives.recoveryTimeSeconds },
      drills.map((drill) => ({ ...markOf(drill), seconds: drill.recoveryTimeSeconds })),
    )}${chart(
      { id: 'rpo', title: 'Recovery point (RPO)', promised: objectives.recoveryPointSeconds },
      drills.map((drill) => ({ ...markOf(drill), seconds: drill.recoveryPointSeconds })),
    )}
    <p class="muted">
      One bar a drill, this one last. Hatched: the drill did not pass. The promise is that of this drill.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Ended</th>
          <th scope="col">Verdict</th>
          <th scope="col" class="n">RTO</th>
          <th scope="col" class="n">RPO</th>
        </tr>
      </thead>
      <tbody>
        ${newestFirst.map(pastRow)}
      </tbody>
    </table>`;
}

function markOf({ completionTime, verdict }: EvidencePast): { label: string; solid: boolean } {
  return { label: completionTime.slice(0, 10), solid: verdict === 'Passed' };
}

function pastRow(drill: EvidencePast, index: number): Html {
  const { completionTime, verdict, recoveryTimeSeconds, recoveryPointSeconds } = drill;
  return html` <tr>
    <td>${instant(completionTime)}${index === 0 ? html`<small>this drill</small>` : undefined}</td>
    <td class="outcome ${verdict.toLowerCase()}">${icon(verdict)} ${verdict}</td>
    <td class="n">${orDash(recoveryTimeSeconds)}</td>
    <td class="n">${orDash(recoveryPointSeconds)}</td>
  </tr>`;
}

function orDash(seconds: number | undefined): string {
  return seconds === undefined ? '–' : duration(seconds);
}
