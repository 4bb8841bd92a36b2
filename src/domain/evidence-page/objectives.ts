import type { Evidence } from '../evidence.ts';
import { judgeObjective } from '../objectives.ts';
import { duration } from './amounts.ts';
import type { Html } from './html.ts';
import { html, joined } from './html.ts';

interface Objective {
  readonly name: string;
  /** How it reads in the middle of a sentence. */
  readonly noun: string;
  readonly about: string;
  readonly measured: number | undefined;
  readonly promised: number | undefined;
  /** The drill passed: else what was measured is not what a recovery would give. */
  readonly proven: boolean;
}

function objectivesOf({ measured, objectives, verdict }: Evidence): readonly Objective[] {
  return [
    {
      name: 'Recovery time (RTO)',
      noun: 'recovery time',
      about:
        'From the first byte fetched to the last check; the index audit and the negative control are left out.',
      measured: measured.recoveryTimeSeconds,
      promised: objectives.recoveryTimeSeconds,
      proven: verdict === 'Passed',
    },
    {
      name: 'Recovery point (RPO)',
      noun: 'recovery point',
      about: 'How old the data of the run was when the drill began.',
      measured: measured.recoveryPointSeconds,
      promised: objectives.recoveryPointSeconds,
      proven: verdict === 'Passed',
    },
  ];
}

function isMissed(objective: Objective): boolean {
  return judgeObjective(objective, objective.proven) === 'Missed';
}

/** Said beside the verdict: a drill can pass, and be too slow or too late. */
export function missedObjectives(evidence: Evidence): Html | undefined {
  const missed = objectivesOf(evidence).filter(isMissed);
  if (missed.length === 0) return undefined;
  const each = missed.map(
    ({ noun, measured = 0, promised = 0 }) =>
      html`the ${noun} was ${duration(measured)}, promised were ${duration(promised)}`,
  );
  return html`<p><strong>Promise missed:</strong> ${joined(each, html`; `)}.</p>`;
}

/** What was measured against what the owner promised. */
export function objectivesTable(evidence: Evidence): Html {
  return html`<table class="figures">
    <thead>
      <tr>
        <th scope="col"></th>
        <th scope="col" class="n">Measured</th>
        <th scope="col" class="n">Promised</th>
        <th scope="col">Result</th>
      </tr>
    </thead>
    <tbody>
      ${objectivesOf(evidence).map(objectiveRow)} ${gapRow(evidence.measured.largestGapSeconds)}
    </tbody>
  </table>`;
}

function objectiveRow(objective: Objective): Html {
  const { name, about, measured, promised } = objective;
  return html`<tr>
    <th scope="row">${name}<small>${about}</small></th>
    <td class="n big" data-label="Measured">${orDash(measured)}</td>
    <td class="n" data-label="Promised">${orDash(promised)}</td>
    <td data-label="Result">${resultOf(objective)}</td>
  </tr>`;
}

function gapRow(seconds: number | undefined): Html | undefined {
  if (seconds === undefined) return undefined;
  return html`<tr>
    <th scope="row">
      Largest gap between backups
      <small>Between two neighbouring verified runs that are kept, or the newest and the drill.</small>
    </th>
    <td class="n" data-label="Measured">${duration(seconds)}</td>
    <td class="n" data-label="Promised">–</td>
    <td></td>
  </tr>`;
}

function orDash(seconds: number | undefined): string {
  return seconds === undefined ? '–' : duration(seconds);
}

function resultOf(objective: Objective): Html {
  if (objective.measured === undefined) return html`Not measured`;
  if (objective.promised === undefined) return html`No promise`;
  switch (judgeObjective(objective, objective.proven)) {
    case 'Missed':
      return html`<strong class="bad">Missed</strong>`;
    case 'Met':
      return html`<strong class="good">Met</strong>`;
    case 'NotProven':
    case undefined:
      return html`Not proven`;
  }
}
