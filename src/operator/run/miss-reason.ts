import type { SeenRepository } from './seen.ts';

/** Why a slot did not run: the closed list of status.missedRuns.reason. */
export type MissReason =
  /** Nobody was there to start it: the operator did not run, or was not leading. */
  | 'OperatorUnavailable'
  | 'PreviousRunActive'
  | 'RepositoryMissing'
  | 'RepositoryNotReady'
  /** The PostgresBackup whose run was to be restored. */
  | 'BackupMissing'
  | 'NoVerifiedBackup'
  /** Another Job kept the server to itself. */
  | 'ServerBusy'
  | 'NameCollision'
  /** The API server refused the Job: quota, admission. */
  | 'JobNotCreated';

/** Why nothing can begin with a repository in this state; undefined when it is ready. */
export function repositoryBlocker({
  state,
}: SeenRepository): 'RepositoryMissing' | 'RepositoryNotReady' | undefined {
  if (state === 'ready') return undefined;
  return state === 'missing' ? 'RepositoryMissing' : 'RepositoryNotReady';
}
