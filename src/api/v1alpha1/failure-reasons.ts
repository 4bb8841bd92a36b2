interface FailureReasonInfo {
  /** Whether another try may succeed without anybody changing anything. */
  readonly retry: boolean;
  /** What it means, one sentence. */
  readonly meaning: string;
  /** What to do about it, one or two sentences. */
  readonly remedy: string;
}

const table = {
  // --- Secrets and keys
  SecretMissing: {
    retry: false,
    meaning: 'A Secret that the spec names does not exist.',
    remedy: 'Create it in the namespace of the object, or correct the name.',
  },
  SecretKeyMissing: {
    retry: false,
    meaning: 'A Secret lacks a key that is needed.',
    remedy: 'Add the key named in the message.',
  },
  SecretInvalid: {
    retry: false,
    meaning: 'A value in a Secret cannot be used.',
    remedy: 'Correct the value of the key named in the message.',
  },
  SigningKeyInvalid: {
    retry: false,
    meaning: 'The signing key is not an Ed25519 private key in PEM form.',
    remedy: 'Make one with `openssl genpkey -algorithm ed25519`.',
  },
  RecipientInvalid: {
    retry: false,
    meaning: 'An age recipient cannot be used.',
    remedy: 'Give public keys that begin with age1, as `age-keygen -y` prints them.',
  },
  // --- database
  CannotConnect: {
    retry: true,
    meaning: 'The server did not answer.',
    remedy:
      'Check connection.host and port or the Secret, and that network policies let the worker reach it.',
  },
  WrongPassword: {
    retry: false,
    meaning: 'The server refused the user or password.',
    remedy: 'Correct the connection Secret.',
  },
  DatabaseTlsNotTrusted: {
    retry: false,
    meaning: "The server's certificate is not trusted.",
    remedy: 'Set connection.tls.caSecretKeyRef to the authority that signed it, or correct the host name.',
  },
  DatabaseTlsUnavailable: {
    retry: false,
    meaning: 'The server does not offer TLS.',
    remedy: 'Switch TLS on at the server, or set connection.tls.mode to Disable or Prefer.',
  },
  DatabaseAbsent: {
    retry: false,
    meaning: 'A database that the spec names does not exist.',
    remedy: 'Correct spec.databases or the connection.',
  },
  PrivilegeMissing: {
    retry: false,
    meaning: 'The user may not read everything that the backup should hold.',
    remedy: 'Grant what the message names; pg_read_all_data covers tables and sequences.',
  },
  RowSecurity: {
    retry: false,
    meaning: 'Row security would hide rows from the backup.',
    remedy: 'Give the user BYPASSRLS, or back up as the owner of the tables.',
  },
  ServerTooOld: {
    retry: false,
    meaning: 'The server is older than PostgreSQL 13.',
    remedy: 'Upgrade the server.',
  },
  ServerTooNew: {
    retry: false,
    meaning: 'The server is newer than every client at hand.',
    remedy:
      'Upgrade pgcairn. From the command line it is the programs of this machine that are too old: install newer ones, or name their folder with --postgres.',
  },
  PooledEndpoint: {
    retry: false,
    meaning: 'The connection goes through a pooler.',
    remedy: 'Point the connection at PostgreSQL itself: snapshots do not survive a pooler.',
  },
  NothingMatches: {
    retry: false,
    meaning: 'A schema or table that the spec names does not exist.',
    remedy: 'Correct spec.logical.include or exclude.',
  },
  LockCapacity: {
    retry: false,
    meaning: 'The server has too few lock slots for the number of tables.',
    remedy: 'Raise max_locks_per_transaction as the message says.',
  },
  LockTimeout: {
    retry: true,
    meaning: 'A table was locked for too long.',
    remedy: 'Move the schedule away from migrations, or raise limits.lockWaitSeconds.',
  },
  RecoveryConflict: {
    retry: true,
    meaning: 'The standby cancelled the snapshot.',
    remedy: 'Raise max_standby_streaming_delay, switch hot_standby_feedback on, or back up the primary.',
  },
  ReplayPointUnknown: {
    retry: false,
    meaning: 'The standby does not say up to when its data goes.',
    remedy:
      'Grant the user pg_read_all_stats and EXECUTE on pg_control_checkpoint(), or back up the primary.',
  },
  ConnectionLost: {
    retry: true,
    meaning: 'The connection to the server broke during the run.',
    remedy: 'Look at the server: restart, failover or a proxy with an idle limit.',
  },
  DumpFailed: {
    retry: true,
    meaning: 'pg_dump ended with an error.',
    remedy: 'Its words are in the message; the log of the Job holds all of them.',
  },
  // --- store
  StoreUnreachable: {
    retry: true,
    meaning: 'The store did not answer.',
    remedy: 'Check the endpoint, and that network policies let the worker reach it.',
  },
  StoreTlsNotTrusted: {
    retry: false,
    meaning: "The store's certificate is not trusted or has expired.",
    remedy: 'Set s3.caSecretKeyRef, or renew the certificate.',
  },
  StoreCredentialsRefused: {
    retry: false,
    meaning: 'The store does not know the access key or refuses its secret.',
    remedy: 'Correct the Secret in s3.credentialsSecretRef.',
  },
  StoreAccessDenied: {
    retry: false,
    meaning: 'The key may not do what is needed.',
    remedy: 'Grant the permission that the message names.',
  },
  BucketAbsent: {
    retry: false,
    meaning: 'The bucket does not exist.',
    remedy: 'Create it, or correct s3.bucket.',
  },
  WrongRegion: {
    retry: false,
    meaning: 'The bucket lies in another region.',
    remedy: 'Set s3.region as the message says.',
  },
  ClockSkew: {
    retry: false,
    meaning: "The worker's clock and the store's differ too much.",
    remedy: 'Set the clock of the node.',
  },
  StoreFull: {
    retry: false,
    meaning: 'The store has no room left.',
    remedy: 'Make room or raise the quota; nothing was removed.',
  },
  StoreReadOnly: {
    retry: false,
    meaning: 'The store cannot be written to.',
    remedy: 'Mount the volume for writing, or lift the policy of the bucket.',
  },
  StoreThrottled: {
    retry: true,
    meaning: 'The store asked to slow down for too long.',
    remedy: 'Spread schedules with jitterSeconds.',
  },
  StoreRefused: {
    retry: false,
    meaning: 'The store refuses what the spec asks of it.',
    remedy: 'Correct the field that the message names.',
  },
  StoreFailed: {
    retry: true,
    meaning: 'The store answered with an error.',
    remedy: 'Its words are in the message.',
  },
  ObjectTooLarge: {
    retry: false,
    meaning: 'An object would need more parts than the store allows.',
    remedy: 'Raise s3.partSizeBytes.',
  },
  PrefixForeign: {
    retry: false,
    meaning: 'The place in the store belongs to another object.',
    remedy: 'Use another prefix, or remove the foreign owner file named in the message.',
  },
  // --- verification
  StoredBytesDiffer: {
    retry: true,
    meaning: 'What was read back is not what was written.',
    remedy: 'The run was not published. Look at the store; if it repeats, do not trust it.',
  },
  DumpUndecodable: {
    retry: true,
    meaning: 'The dump cannot be decoded to its end.',
    remedy: 'The run was not published. If it repeats, look at the server and the client.',
  },
  InventoryDiffers: {
    retry: true,
    meaning: 'The dump does not hold what the snapshot holds.',
    remedy: 'The run was not published; the message names the tables.',
  },
  // --- how a run ends
  ManifestMissing: {
    retry: true,
    meaning: 'The worker ended without a report, and the store holds no manifest of the run.',
    remedy: 'Nothing was published. Look at the events of the Job.',
  },
  ReportMissing: {
    retry: true,
    meaning: 'The worker ended without a report, and the store could not be asked about the run.',
    remedy: 'Look at the Job and at the repository; the next run tells more.',
  },
  ManifestInvalid: {
    retry: false,
    meaning: 'A manifest in the store does not hold: digest, signature or sequence.',
    remedy: 'Somebody or something changed the store. Keep it as it is and look into it.',
  },
  JobRefused: {
    retry: true,
    meaning: 'The API server does not take a Job that is needed.',
    remedy:
      'The message holds its words: raise the quota, change the admission policy or give the permission that they name.',
  },
  // --- drills
  IdentityInvalid: {
    retry: false,
    meaning: 'The age identity cannot be used, or opens none of the objects of the run.',
    remedy:
      'Give the identity whose public key is among encryption.age.recipients, as `age-keygen` wrote it.',
  },
  NoSuchRun: {
    retry: false,
    meaning: 'The repository holds no verified run that spec.source picks.',
    remedy:
      'Correct source.backupRef or source.pick (`pgcairn list` shows what the repository holds), or look at the conditions of the PostgresBackup.',
  },
  RunIncomplete: {
    retry: false,
    meaning: 'The run holds a part of its databases only, and the part cannot be restored by itself.',
    remedy: 'Drill a backup with logical.content All and without filters.',
  },
  DrillVolumeTooSmall: {
    retry: false,
    meaning: 'The volume of the drill has not enough room for the copy and the restored databases.',
    remedy:
      'Set server.volume.size or a larger server.volume.sizeFactor. From the command line: make room, or let TMPDIR name a folder with more.',
  },
  DrillServerFailed: {
    retry: true,
    meaning:
      'The throw-away PostgreSQL server did not start, went away during the drill, or let jobs of pg_restore lock one another out.',
    remedy:
      'Look at the log of the container server in the pod that the message names; give another server.image or more server.resources.',
  },
  DrillServerUnfit: {
    retry: false,
    meaning:
      'The throw-away server cannot take this run: another major, an extension or a locale that its image lacks, a materialized view of rows on another server, which no drill reaches, or a grant that a role passed on with the rights of its groups, since a drill makes no memberships.',
    remedy:
      'Set server.image to an image of the major and with the extensions or the locale that the message names (from the command line: install them, or name their folder with --postgres); leave the rows of such a view out of the backup (logical.exclude.tableData); grant the role that passed a grant on the USAGE of the schema itself.',
  },
  EvidenceNotWritten: {
    retry: true,
    meaning: 'The drill left no evidence in the store, so that it counts for nothing.',
    remedy: 'Check the store and its permissions; the drill runs again by its schedule or on request.',
  },
  EvidenceInvalid: {
    retry: false,
    meaning: 'Evidence in the repository does not hold: its signature, digest or chain is broken.',
    remedy: 'Keep the store as it is, and look at the evidence with `pgcairn evidence verify`.',
  },
  // --- Jobs and pods
  OutOfMemory: {
    retry: true,
    meaning: 'The worker was killed for lack of memory.',
    remedy: 'Raise worker.resources.limits.memory.',
  },
  Evicted: {
    retry: true,
    meaning: 'The node evicted the worker.',
    remedy: 'Set worker.resources.requests, or a priority class.',
  },
  DeadlineExceeded: {
    retry: false,
    meaning: 'The run took longer than limits.deadlineSeconds.',
    remedy: 'Raise limits.deadlineSeconds, or find what made the run slow.',
  },
  Interrupted: {
    retry: true,
    meaning: 'The worker was asked to stop.',
    remedy: 'Nothing to do: the run is tried again.',
  },
  PodUnschedulable: {
    retry: true,
    meaning: 'No node can take the worker.',
    remedy: 'Change worker.resources, nodeSelector or tolerations as the scheduler says, or add a node.',
  },
  ImageUnavailable: {
    retry: true,
    meaning: 'The worker image cannot be pulled.',
    remedy: 'Check the image name and the pull secrets of the installation.',
  },
  VolumeUnavailable: {
    retry: true,
    meaning: 'The claim cannot be mounted.',
    remedy: 'Check volume.claimName and where its volume may be mounted.',
  },
  TaskInvalid: {
    retry: false,
    meaning: 'The worker cannot read its task.',
    remedy: 'Operator and worker image differ in version: install both from one release.',
  },
  Internal: { retry: true, meaning: 'A fault in pgcairn.', remedy: 'Report it with the log of the Job.' },
} as const satisfies Record<string, FailureReasonInfo>;

/** Why a run or a probe failed: the closed list. Used as condition reason, Event reason and metric label. */
export type FailureReason = keyof typeof table;
export const failureReasons: Readonly<Record<FailureReason, FailureReasonInfo>> = table;
