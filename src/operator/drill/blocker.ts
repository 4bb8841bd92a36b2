import { repositoryBlocker } from '../run/miss-reason.ts';
import { repositoryMessage } from '../run/words.ts';
import type { SeenPresent } from './seen.ts';

/** Why no drill can begin now. */
export interface Blocker {
  readonly reason: 'BackupMissing' | 'NoVerifiedBackup' | 'RepositoryMissing' | 'RepositoryNotReady';
  readonly message: string;
}

/** Undefined: one can begin. */
export function blockerOf({ source, repository }: SeenPresent): Blocker | undefined {
  if (source.kind === 'backup' && !source.backup) {
    const message = `there is no PostgresBackup ${source.name} in this namespace`;
    return { reason: 'BackupMissing', message };
  }
  const reason = repositoryBlocker(repository);
  if (reason) return { reason, message: repositoryMessage(repository) };
  if (source.kind === 'backup' && !source.backup?.status?.lastSuccess) {
    return { reason: 'NoVerifiedBackup', message: `PostgresBackup ${source.name} has no verified run yet` };
  }
  return undefined;
}
