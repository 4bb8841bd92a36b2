import type { SeenRepository } from './seen.ts';

/** What to say of a repository that an object names. */
export function repositoryMessage(repository: SeenRepository): string {
  switch (repository.state) {
    case 'missing':
      return `there is no BackupRepository ${repository.name} in this namespace`;
    case 'invalid':
      return `BackupRepository ${repository.name} cannot be read by this version`;
    case 'notReady':
      return `BackupRepository ${repository.name}: ${repository.because}`;
    case 'ready':
      return `BackupRepository ${repository.name} is ready`;
  }
}

/** `what`: a run, a drill. */
export function collisionMessage(collision: string, what: string): string {
  return `${collision} does not belong to this object but has the name that the ${what} needs; delete or rename it`;
}
