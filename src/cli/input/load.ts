import type { Surroundings } from '../surroundings.ts';
import { readDocuments } from './documents.ts';
import type { GivenObjects } from './objects.ts';
import { readObjects } from './objects.ts';
import { readFiles } from './read-files.ts';
import type { SecretFlags, Secrets } from './secrets.ts';
import { collectSecrets } from './secrets.ts';
import type { VolumeFlag } from './volume-flag.ts';
import { readVolumeFlag } from './volume-flag.ts';

/** Flags that say what a command works on. */
export interface InputFlags extends SecretFlags {
  readonly file: readonly string[];
  /** Of objects that name none. */
  readonly namespace: string;
  /** `[CLAIM=]FOLDER` */
  readonly volume: readonly string[];
}

export interface Input extends GivenObjects {
  readonly resolved: Secrets;
  readonly volumes: readonly VolumeFlag[];
}

/** Reads files and Secrets. Throws `UsageError`. */
export async function loadInput(flags: InputFlags, surroundings: Surroundings): Promise<Input> {
  const files = await readFiles(flags.file, surroundings.stdin);
  const objects = readObjects(files.flatMap(readDocuments), {
    namespace: flags.namespace,
    now: surroundings.clock.now(),
  });
  return {
    ...objects,
    resolved: await collectSecrets(objects.secrets, flags, surroundings.environment),
    volumes: await Promise.all(flags.volume.map(readVolumeFlag)),
  };
}
