/** Every Event that the operator writes about its objects, and what it says: the closed list. */
export const eventReasons = {
  PostgresBackup: {
    RunLaunched: 'A run was begun: its Job is made.',
    RunSucceeded: 'A run was read back, verified and published.',
    RunSuspicious:
      'A run was published that holds far less than the one before; retention removes nothing until that is settled.',
    RunsInvalid: 'More runs in the store than before have a manifest that cannot be believed.',
    RunFailed: 'A run ended without a published backup; the note begins with the reason.',
    RunMissed: 'Slots of the schedule passed without a run; the note ends with the reason.',
    NameCollision: 'A Job of somebody else has the name that a run needs.',
    CreateRefused: 'The API server refused an object that is needed; the note ends with its words.',
    RunsRemoved: 'The object goes, and every run of it was removed from the store.',
    RunsAbandoned: 'The object goes, and its runs stay in the store although deletionPolicy is Delete.',
  },
  BackupDrill: {
    RunLaunched: 'A drill was begun: its Job is made.',
    DrillPassed: 'A run was restored, and everything that was checked held.',
    DrillFailed:
      'A run could not be restored, or something in it is not as it was; the note begins with what.',
    DrillInconclusive: 'A drill could not tell whether the run restores; the note begins with why.',
    RunMissed: 'Slots of the schedule passed without a drill; the note ends with the reason.',
    NameCollision: 'A Job of somebody else has the name that a drill needs.',
    CreateRefused: 'The API server refused an object that is needed; the note ends with its words.',
  },
  BackupRepository: {
    CreateRefused: 'The API server refused an object that is needed; the note ends with its words.',
    ProbePassed: 'The store can be used, and could not before.',
    ProbeFailed: 'The store cannot be used; the note begins with the reason.',
    NameCollision: 'A Job of somebody else has the name that a probe needs.',
  },
} as const;

export type BackupEventReason = keyof (typeof eventReasons)['PostgresBackup'];
export type DrillEventReason = keyof (typeof eventReasons)['BackupDrill'];
export type RepositoryEventReason = keyof (typeof eventReasons)['BackupRepository'];
