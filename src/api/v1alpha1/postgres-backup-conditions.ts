import type { ConditionInfo } from './condition-info.ts';

/** Every condition of a PostgresBackup with its reasons: the closed list. */
export const postgresBackupConditions = {
  Stalled: {
    polarity: 'Negative',
    presence: 'WhileTrue',
    meaning: 'Stalled is True while nothing can run before somebody changes something.',
    failures: ['True'],
    reasons: {
      InvalidSpec: {
        statuses: ['True'],
        meaning: 'The spec holds a value that cannot be used.',
        remedy: 'Correct the field that the message names.',
      },
      NameCollision: {
        statuses: ['True'],
        meaning: 'A Job that does not belong to this object has the name that the next run needs.',
        remedy: 'Delete or rename the Job that the message names.',
      },
      RetentionHeld: {
        statuses: ['True'],
        meaning:
          'The object goes, and retention.hold forbids to remove its runs as deletionPolicy Delete asks.',
        remedy:
          'Set retention.hold to false to have them removed, or the annotation pgcairn.dev/abandon-runs to true to leave them in the store.',
      },
    },
  },
  Reconciling: {
    polarity: 'Negative',
    presence: 'WhileTrue',
    meaning: 'Reconciling is True while the operator still works towards the newest spec.',
    // What keeps the worker under way from getting on: no node, no image, a try that failed.
    failures: ['True'],
    reasons: {
      WaitingForRepository: {
        statuses: ['True'],
        meaning: 'The repository is missing or has not passed its probe.',
        remedy: 'Look at the BackupRepository that spec.repositoryRef names.',
      },
      FirstRun: {
        statuses: ['True'],
        meaning: 'The run of a backup without a schedule is on its way.',
        remedy: 'Wait for the run to end.',
      },
      Deleting: {
        statuses: ['True'],
        meaning: 'The object goes, and what it holds in the repository is dealt with by deletionPolicy.',
        remedy: 'Wait; the message says what is left to do.',
      },
    },
  },
  Ready: {
    polarity: 'Positive',
    presence: 'Always',
    meaning:
      'Ready is True while the spec can be carried out: its repository is ready and the next run is armed. What a run came to is not in it.',
    failures: ['False'],
    reasons: {
      Scheduled: {
        statuses: ['True'],
        meaning: 'The next run is armed; the message says for when.',
        remedy: 'Nothing to do.',
      },
      WaitingForRequest: {
        statuses: ['True'],
        meaning: 'There is no schedule, the one run is done, and the next comes on request.',
        remedy: 'Set the annotation pgcairn.dev/run-requested to a new value to run again.',
      },
      Running: {
        statuses: ['True', 'Unknown'],
        meaning: 'A run is on its way; status.currentRun says how far it is.',
        remedy: 'Nothing to do.',
      },
      Suspended: {
        statuses: ['True'],
        meaning: 'spec.suspend is true: no run is started.',
        remedy: 'Set spec.suspend to false to run again.',
      },
      RepositoryMissing: {
        statuses: ['False'],
        meaning: 'There is no BackupRepository of the name in spec.repositoryRef.',
        remedy: 'Create it in the namespace of the backup, or correct the name.',
      },
      RepositoryNotReady: {
        statuses: ['False'],
        meaning: 'The BackupRepository has not passed its probe.',
        remedy: 'Look at its conditions: kubectl describe pgrepo says what to do.',
      },
      InvalidSpec: {
        statuses: ['False'],
        meaning: 'The spec holds a value that cannot be used.',
        remedy: 'Correct the field that the message names.',
      },
      NameCollision: {
        statuses: ['False'],
        meaning: 'A Job that does not belong to this object has the name that the next run needs.',
        remedy: 'Delete or rename the Job that the message names.',
      },
      Deleting: {
        statuses: ['False'],
        meaning: 'The object goes; no run is started.',
        remedy: 'Nothing to do.',
      },
    },
  },
  LastRunSucceeded: {
    polarity: 'Positive',
    presence: 'Always',
    meaning: 'LastRunSucceeded is True when the last run that ended was verified to the level of the spec.',
    failures: ['False'],
    reasons: {
      Verified: {
        statuses: ['True'],
        meaning: 'The run was read back, verified and published.',
        remedy: 'Nothing to do.',
      },
      VerifiedSuspicious: {
        statuses: ['True'],
        meaning:
          'The run was read back, verified and published, but holds far less than the one before; retention removes nothing.',
        remedy:
          'Compare the message with what happened to the database; retention goes on after a run of the former size, or after 30 days.',
      },
      NeverRan: {
        statuses: ['Unknown'],
        meaning: 'No run has ended yet.',
        remedy: 'Wait for the schedule, or request a run.',
      },
    },
  },
  ObjectivesMet: {
    polarity: 'Positive',
    presence: 'Always',
    meaning: 'ObjectivesMet is True while the newest verified data is younger than objectives ask for.',
    reasons: {
      WithinRecoveryPoint: {
        statuses: ['True'],
        meaning: 'The newest verified data is younger than objectives.recoveryPointSeconds.',
        remedy: 'Nothing to do.',
      },
      RecoveryPointMissed: {
        statuses: ['False'],
        meaning: 'The newest verified data is older than objectives.recoveryPointSeconds.',
        remedy: 'Look at LastRunSucceeded; if runs succeed, run more often or ask for less.',
      },
      NoVerifiedBackup: {
        statuses: ['False', 'Unknown'],
        meaning: 'No verified run exists, so nothing could be recovered.',
        remedy: 'Look at LastRunSucceeded and Ready.',
      },
      NoObjective: {
        statuses: ['Unknown'],
        meaning: 'The spec promises nothing that could be met or missed.',
        remedy: 'Set objectives.recoveryPointSeconds.',
      },
    },
  },
} as const satisfies Record<string, ConditionInfo>;
