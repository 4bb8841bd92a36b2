import { counted } from '../amounts.ts';
import type { Evidence } from '../evidence.ts';
import { duration, instant, shortened } from './amounts.ts';
import { found } from './found.ts';
import type { Html } from './html.ts';
import { html, nameHtml } from './html.ts';
import { icon } from './icons.ts';
import { missedObjectives } from './objectives.ts';

/** The head of the page: which drill, what it came to, what failed first and what to do. */
export function verdictSection(evidence: Evidence): Html {
  const { drill, runId, sequence, trigger, startTime, verdict } = evidence;
  return html`<header>
    <p class="eyebrow">Recovery drill · evidence no. ${sequence}</p>
    <h1>${nameHtml(`${drill.namespace}/${drill.name}`)}</h1>
    <p class="muted">
      Run <code>${runId}</code>, ${triggers[trigger]}. From ${instant(startTime)}, for
      ${duration(elapsedSeconds(evidence))}.
    </p>
    <div class="verdict ${verdict.toLowerCase()}">
      <p class="word">${icon(verdict)} ${verdict}</p>
      <p class="lead">${meaningOf(evidence)}</p>
      ${found(evidence)} ${missedObjectives(evidence)}
    </div>
    ${brokenChain(evidence)}
  </header>`;
}

const triggers: Readonly<Record<Evidence['trigger'], string>> = {
  Schedule: 'by its schedule',
  Request: 'on request',
  Once: 'the one drill of an object without a schedule',
  Local: 'started by hand outside of a cluster',
};

function elapsedSeconds({ startTime, completionTime }: Evidence): number {
  return Math.max(0, (Date.parse(completionTime) - Date.parse(startTime)) / 1000);
}

function meaningOf({ verdict, backup, checks }: Evidence): Html {
  if (backup === undefined)
    return verdict === 'Failed'
      ? html`No run of the backup could be picked: there is nothing to recover from.`
      : html`No run of the backup could be picked: the drill says nothing about the backup.`;
  const run = html`The backup ${nameHtml(`${backup.namespace}/${backup.name}`)} with the data of
  ${instant(backup.snapshotTime)}`;
  const made = checks.filter(({ outcome }) => outcome !== 'NotChecked').length;
  switch (verdict) {
    case 'Passed':
      return html`${run} was restored into a new server, and
      ${made === 1 ? 'the one check that was made' : `all ${counted(made, 'check')} that were made`} held.`;
    case 'Failed':
      return html`${run} did not stand the test. Do not count on it.`;
    case 'Inconclusive':
      return html`${run} could not be judged: the drill says nothing about it, neither good nor bad.`;
  }
}

function brokenChain({ chain }: Evidence): Html | undefined {
  if (chain.faults.length === 0) return undefined;
  return html`<div class="note" role="note">
    <p>
      <strong>Earlier evidence of this drill does not hold.</strong> What this drill measured does not depend
      on it, but somebody may have changed the repository: find out who else can write to it.
    </p>
    <ul>
      ${chain.faults
        .slice(0, 20)
        .map(
          ({ runId, fault }) =>
            html`<li><code>${runId}</code>: <span class="words">${shortened(fault)}</span></li>`,
        )}
    </ul>
  </div>`;
}
