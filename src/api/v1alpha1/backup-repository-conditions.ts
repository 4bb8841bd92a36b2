import type { ConditionInfo } from './condition-info.ts';

/** Every condition of a BackupRepository with its reasons: the closed list. */
export const backupRepositoryConditions = {
  Stalled: {
    polarity: 'Negative',
    presence: 'WhileTrue',
    meaning: 'Stalled is True while the repository cannot become ready before somebody changes something.',
    failures: ['True'],
    reasons: {
      InvalidSpec: {
        statuses: ['True'],
        meaning: 'The spec holds a value that cannot be used.',
        remedy: 'Correct the field that the message names.',
      },
      NameCollision: {
        statuses: ['True'],
        meaning: 'A Job that does not belong to this object has the name that its probe needs.',
        remedy: 'Delete or rename the Job that the message names.',
      },
    },
  },
  Reconciling: {
    polarity: 'Negative',
    presence: 'WhileTrue',
    meaning: 'Reconciling is True while the newest spec has not been probed to its end.',
    // What keeps the worker under way from getting on: no node, no image, a try that failed.
    failures: ['True'],
    reasons: {
      Probing: {
        statuses: ['True'],
        meaning: 'A probe of the newest spec is on its way.',
        remedy: 'Wait: a probe takes seconds once its pod has started.',
      },
      Retrying: {
        statuses: ['True'],
        meaning: 'The probe failed for a reason that may pass, and is tried again.',
        remedy: 'Wait, or look at the message of Ready.',
      },
    },
  },
  Ready: {
    polarity: 'Positive',
    presence: 'Always',
    meaning: 'Ready is True while the last probe wrote, read back, listed and deleted in the store.',
    // Unknown: what keeps the first probe of the spec from getting on.
    failures: ['False', 'Unknown'],
    reasons: {
      ProbePassed: {
        statuses: ['True'],
        meaning: 'The last probe passed.',
        remedy: 'Nothing to do.',
      },
      Probing: {
        statuses: ['Unknown', 'False'],
        meaning: 'The first probe of this spec has not ended yet.',
        remedy: 'Wait: a probe takes seconds once its pod has started.',
      },
      Suspended: {
        statuses: ['True', 'False', 'Unknown'],
        meaning: 'spec.suspend is true: the store is not probed, and Ready keeps what the last probe found.',
        remedy: 'Set spec.suspend to false to probe again.',
      },
      InvalidSpec: {
        statuses: ['False'],
        meaning: 'The spec holds a value that cannot be used.',
        remedy: 'Correct the field that the message names.',
      },
      NameCollision: {
        statuses: ['False'],
        meaning: 'A Job that does not belong to this object has the name that its probe needs.',
        remedy: 'Delete or rename the Job that the message names.',
      },
    },
  },
} as const satisfies Record<string, ConditionInfo>;
