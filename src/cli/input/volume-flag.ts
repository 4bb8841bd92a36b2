import { UsageError } from '../usage-error.ts';

/** A folder of this machine in the place of a PersistentVolumeClaim. */
export interface VolumeFlag {
  /** Absent: of whichever claim is named. */
  readonly claimName?: string;
  readonly folder: string;
}

/** `[CLAIM=]FOLDER` */
export function parseVolumeFlag(flag: string): VolumeFlag {
  const [, claimName, folder = flag] = /^([a-z0-9][-a-z0-9.]*)=(.+)$/s.exec(flag) ?? [];
  if (folder === '') throw new UsageError('--volume must be FOLDER or CLAIM=FOLDER');
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
