import { createReadStream } from 'node:fs';
import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceControl } from '../../domain/evidence.ts';
import type { Manifest, ManifestObject } from '../../domain/manifest.ts';
import { copyPath, fetchVerified } from './fetch.ts';
import type { DrillFolders } from './folders.ts';
import type { DrillContext } from './ledger.ts';
import { Refuted } from './ledger.ts';
import { onVolume } from './volume.ts';

/** A dump beyond this is not copied once more; where all are, the inventory takes their place. */
const largestTarget = 64 * 1024 * 1024;

/**
 * Proves that a changed object is found: one bit of a copy of a dump is flipped, and the copy passes through the very
 * verification that every object passed.
 */
export async function flippedBitControl(
  context: DrillContext,
  folders: DrillFolders,
  manifest: Manifest,
): Promise<EvidenceControl> {
  const object = flippedObject(manifest);
  const damaged = join(folders.scratch, 'damaged');
  const { bit, at } = await onVolume('a damaged copy was made', async () => {
    await copyFile(copyPath(folders, object), damaged);
    return await flipBit(damaged, object.stored.bytes);
  });
  const base = {
    damage: 'FlippedBit',
    target: `${object.path}, bit ${String(bit)} of byte ${String(at)}`,
  } as const;
  try {
    await fetchVerified(context, createReadStream(damaged), object, {
      copy: join(folders.scratch, 'damaged-copy'),
    });
  } catch (error) {
    if (!(error instanceof Refuted)) throw error;
    return { ...base, outcome: 'Caught', detail: error.message };
  }
  return { ...base, outcome: 'NotCaught', detail: 'the damaged copy was taken for the object' };
}

/** The object whose copy is damaged: that copy has to be kept. */
export function flippedObject({ objects }: Manifest): ManifestObject {
  const bySize = objects.toSorted((a, b) => b.stored.bytes - a.stored.bytes);
  const target =
    bySize.find(({ kind, stored }) => kind === 'Dump' && stored.bytes <= largestTarget) ??
    bySize.find(({ kind }) => kind === 'Inventory') ??
    bySize[0];
  if (target === undefined) throw new Error('a run has no object');
  return target;
}

/** Flips one bit in the middle of a file that is not empty. */
async function flipBit(path: string, bytes: number): Promise<{ bit: number; at: number }> {
  const at = Math.floor(bytes / 2);
  const bit = bytes % 8;
  const file = await open(path, 'r+');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
    await file.write(Buffer.from([(buffer[0] ?? 0) ^ (1 << bit)]), 0, 1, at);
  } finally {
    await file.close();
  }
  return { bit, at };
}
