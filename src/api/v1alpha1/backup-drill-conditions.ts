import type { ConditionInfo } from './condition-info.ts';

/** Every condition of a BackupDrill with its reasons: the closed list. */
export const backupDrillConditions = {
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
        meaning: 'A Job that does not belong to this object has the name that the next drill needs.',
        remedy: 'Delete or rename the Job that the message names.',
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
      WaitingForSource: {
        statuses: ['True'],
        meaning: 'The backup or repository is missing or not ready, or holds no verified run yet.',
        remedy: 'Look at the object that the message names.',
      },
      FirstRun: {
        statuses: ['True'],
        meaning: 'The one drill of an object without a schedule is on its way.',
        remedy: 'Wait for it to end.',
      },
    },
  },
  Ready: {
    polarity: 'Positive',
    presence: 'Always',
    meaning:
      'Ready is True while the spec can be carried out: its source is there and the next drill is armed. What a drill came to is not in it.',
    failures: ['False'],
    reasons: {
      Scheduled: {
        statuses: ['True'],
        meaning: 'The next drill is armed; the message says for when.',
        remedy: 'Nothing to do.',
      },
      WaitingForRequest: {
        statuses: ['True'],
        meaning: 'There is no schedule, the one drill is done, and the next comes on request.',
        remedy: 'Set the annotation pgcairn.dev/run-requested to a new value to run again.',
      },
      Running: {
        statuses: ['True', 'Unknown'],
        meaning: 'A drill is on its way; status.currentRun says how far it is.',
        remedy: 'Nothing to do.',
      },
      Suspended: {
        statuses: ['True'],
        meaning: 'spec.suspend is true: no drill is started.',
        remedy: 'Set spec.suspend to false to run again.',
      },
      BackupMissing: {
        statuses: ['False'],
        meaning: 'There is no PostgresBackup of the name in spec.source.backupRef.',
        remedy: 'Create it in the namespace of the drill, correct the name, or use spec.source.repository.',
      },
      NoVerifiedBackup: {
        statuses: ['False'],
        meaning: 'The backup has no verified run that could be restored.',
        remedy: 'Look at the conditions of the PostgresBackup; the drill starts after its first good run.',
      },
      RepositoryMissing: {
        statuses: ['False'],
        meaning: 'There is no BackupRepository of the name that the source leads to.',
        remedy: 'Create it in the namespace of the drill, or correct the name.',
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
        meaning: 'A Job that does not belong to this object has the name that the next drill needs.',
        remedy: 'Delete or rename the Job that the message names.',
      },
      Deleting: {
        statuses: ['False'],
        meaning: 'The object goes; no drill is started.',
        remedy: 'Nothing to do.',
      },
    },
  },
  LastRunSucceeded: {
    polarity: 'Positive',
    presence: 'Always',
    meaning:
      'LastRunSucceeded is True when the last drill that ended passed, False when it failed, Unknown when it was inconclusive.',
    failures: ['Unknown'],
    reasons: {
      Passed: {
        statuses: ['True'],
        meaning: 'The run was restored and everything that was checked held.',
        remedy: 'Nothing to do.',
      },
      Failed: {
        statuses: ['False'],
        meaning: 'The run could not be restored, or something in it is not as it was.',
        remedy:
          'Read the message and the evidence. Keep the store as it is, look at the other runs (pgcairn verify), and make a new backup now.',
      },
      ControlNotCaught: {
        statuses: ['Unknown'],
        meaning:
          'The negative control was not found out or could not be made, so that a pass of the drill would prove nothing.',
        remedy: 'Report it with the log of the Job; do not trust passes of this version.',
      },
      Undecided: {
        statuses: ['Unknown'],
        meaning: 'Nothing failed, but something that was to be checked could not be decided.',
        remedy: 'Read the message: it names the check and what kept it from an answer.',
      },
      NeverRan: {
        statuses: ['Unknown'],
        meaning: 'No drill has ended yet.',
        remedy: 'Wait for the schedule, or request a drill.',
      },
    },
  },
  Verified: {
    polarity: 'Positive',
    presence: 'Always',
    meaning:
      'Verified is True while the newest drill that could tell passed: this backup is known to restore.',
    reasons: {
      Proven: {
        statuses: ['True'],
        meaning: 'A run of this backup was restored and checked; the message says which and when.',
        remedy: 'Nothing to do.',
      },
      NotProven: {
        statuses: ['Unknown'],
        meaning: 'No drill could tell yet whether the backup restores.',
        remedy: 'Look at LastRunSucceeded.',
      },
      ProofFailed: {
        statuses: ['False'],
        meaning: 'The newest drill that could tell failed.',
        remedy: 'Look at LastRunSucceeded.',
      },
    },
  },
  ObjectivesMet: {
    polarity: 'Positive',
    presence: 'Always',
    meaning: 'ObjectivesMet is True while the last drill that passed was as fast and as fresh as promised.',
    reasons: {
      WithinObjectives: {
        statuses: ['True'],
        meaning: 'Recovery time and recovery point were within objectives.',
        remedy: 'Nothing to do.',
      },
      RecoveryTimeMissed: {
        statuses: ['False'],
        meaning: 'The recovery took longer than objectives.recoveryTimeSeconds.',
        remedy:
          'Look at the phases in status.lastRun: more processors for spec.server and spec.worker, a faster volume, or a larger promise.',
      },
      RecoveryPointMissed: {
        statuses: ['False'],
        meaning: 'The restored data was older than objectives.recoveryPointSeconds.',
        remedy: 'Back up more often, or promise less.',
      },
      NotMeasured: {
        statuses: ['Unknown'],
        meaning: 'No drill has passed yet, so nothing was measured.',
        remedy: 'Look at LastRunSucceeded.',
      },
      NoObjective: {
        statuses: ['Unknown'],
        meaning: 'The spec promises nothing that could be met or missed.',
        remedy: 'Set objectives.recoveryTimeSeconds and objectives.recoveryPointSeconds.',
      },
    },
  },
} as const satisfies Record<string, ConditionInfo>;
