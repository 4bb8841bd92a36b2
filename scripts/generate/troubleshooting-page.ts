import type { FailureReason } from '../../src/api/v1alpha1/failure-reasons.ts';
import { failureReasons } from '../../src/api/v1alpha1/failure-reasons.ts';
import type { ConditionKind } from '../../src/api/v1alpha1/conditions.ts';
import { conditions } from '../../src/api/v1alpha1/conditions.ts';
import { code, page } from './markdown.ts';

const intro = `Each condition has a reason, one word, and a message, which names what it happened to. \`kubectl describe pgbackup NAME\`, \`kubectl describe pgdrill NAME\` and \`kubectl describe pgrepo NAME\` show both. Below are the reasons in alphabetical order; the same words stand in Events and as label \`reason\` of the metrics.`;

/** An entry for every reason that a condition of any kind can have. */
export function troubleshootingPage(): string {
  const entries = [...failureEntries(), ...conditionEntries()];
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return page(
    '# Troubleshooting by reason',
    intro,
    ...sorted.map(([reason, text]) => `## ${reason}\n\n${text}`),
  );
}

type Entry = readonly [reason: string, text: string];

function failureEntries(): readonly Entry[] {
  const reasons = Object.keys(failureReasons) as FailureReason[];
  return reasons.map((reason) => {
    const { meaning, remedy, retry } = failureReasons[reason];
    const tries = retry
      ? 'The same run is tried again.'
      : 'The same run is not tried again: somebody has to change something.';
    return [reason, `${meaning} ${tries}\n\nWhat to do: ${remedy}`];
  });
}

function conditionEntries(): readonly Entry[] {
  const uses = Object.entries(conditions).flatMap(([kind, types]) =>
    Object.entries(types).flatMap(([type, info]) =>
      Object.entries(info.reasons).map(([reason, about]) => ({
        kind: kind as ConditionKind,
        type,
        reason,
        about,
      })),
    ),
  );
  const byReason = Map.groupBy(uses, ({ reason }) => reason);
  return [...byReason].map(([reason, all]) => {
    const lines = Map.groupBy(all, ({ about }) => `${about.meaning} What to do: ${about.remedy}`);
    const text = [...lines].map(([line, same]) => {
      const where = same.map(
        ({ kind, type, about }) => `${kind} ${code(type)} (${about.statuses.join(', ')})`,
      );
      return `- ${where.join(', ')}: ${line}`;
    });
    return [reason, text.join('\n')];
  });
}
