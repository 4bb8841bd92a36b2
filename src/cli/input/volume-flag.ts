import { stat } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';
import { fileFault } from './file-fault.ts';

/** A folder of this machine in the place of a PersistentVolumeClaim. */
export interface VolumeFlag {
  /** Absent: of whichever claim is named. */
  readonly claimName?: string;
  readonly folder: string;
}

/** `[CLAIM=]FOLDER`. The folder must be there: it is never made in the place of one that is not mounted. */
export async function readVolumeFlag(flag: string): Promise<VolumeFlag> {
  const [, claimName, folder = flag] = /^([a-z0-9][-a-z0-9.]*)=(.+)$/s.exec(flag) ?? [];
  const found = await stat(folder).catch((error: unknown) => {
    throw new UsageError(`--volume: ${folder} cannot be read: ${fileFault(error)}`);
  });
  if (!found.isDirectory()) throw new UsageError(`--volume: ${folder} is no folder`);
  return claimName === undefined ? { folder } : { claimName, folder };
}

/** The folder for a claim. Throws `UsageError` where no flag gives one. */
export function folderOfClaim(volumes: readonly VolumeFlag[], claimName: string, where: string): string {
  const named = volumes.find((volume) => volume.claimName === claimName);
  const given = named ?? volumes.find((volume) => volume.claimName === undefined);
  if (given !== undefined) return given.folder;
  throw new UsageError(
    `${where}: spec.volume.claimName: no folder stands for claim ${claimName}: give --volume ${claimName}=FOLDER`,
  );
}
