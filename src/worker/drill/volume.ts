import { statfs } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { formatBytes } from '../../domain/amounts.ts';
import { Failure } from '../../domain/failure.ts';
import type { Manifest } from '../../domain/manifest.ts';

/** What a new server takes before anything is in it. */
const emptyServerBytes = 128 * 1024 * 1024;

/** Bytes that a drill of this run takes on its volume, as far as its manifest tells. */
function neededBytes({ objects, databases, content, filtered }: Manifest): number {
  const stored = sum(objects.map((object) => object.stored.bytes));
  const opened = sum(
    objects.filter((object) => object.encryption !== 'none').map((object) => object.plain.bytes),
  );
  // How much of the databases a part of them takes, nobody knows.
  const whole = content === 'All' && !filtered;
  const restored = whole ? sum(databases.map(({ sizeBytes }) => sizeBytes)) : 0;
  return stored + opened + restored + emptyServerBytes;
}

/**
 * `limit`: what the volume may take of its disk, in bytes; the file system shows the disk, and the limit of an emptyDir
 * ends the pod. Throws `Failure` DrillVolumeTooSmall.
 */
export async function requireRoom(folder: string, manifest: Manifest, limit = Infinity): Promise<void> {
  const needed = neededBytes(manifest);
  const { bavail, bsize } = await statfs(folder);
  const free = Math.min(bavail * bsize, limit);
  if (free >= needed) return;
  throw new Failure(
    'DrillVolumeTooSmall',
    `the drill's volume has ${formatBytes(free)} free, and run ${manifest.runId} needs ${formatBytes(needed)}: the copy of its objects, what is in them, and the databases`,
  );
}

/** Pieces of 64 KiB, as streams of files have them, cost a third more processor time. */
export const largeReads = { highWaterMark: 1 << 20 } as const;
export const largeWrites = { highWaterMark: 1 << 22 } as const;

/** For what is read and not kept. */
export function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

const fullCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Does something that writes to the volume. Throws `Failure` DrillVolumeTooSmall once it is full. */
export async function onVolume<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
    if (!fullCodes.has(code)) throw error;
    throw new Failure('DrillVolumeTooSmall', `the drill's volume was full while ${what}`, { cause: error });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
