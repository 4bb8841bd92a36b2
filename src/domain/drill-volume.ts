import { quantityValue } from '../api/v1alpha1/quantity.ts';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
/** Where nothing is known of the run that will be restored. */
const unknownBytes = 20 * gibibyte;

/** The volume that a drill works on. */
export interface DrillVolumeSize {
  readonly bytes: number;
  /** False: a guess, for nothing is known of the run. */
  readonly isKnown: boolean;
}

/**
 * How large the volume of a drill is made: what the owner says; else the databases times `sizeFactor`, the run twice
 * (as stored, and decrypted), and a gibibyte for what a server writes of itself.
 */
export function drillVolumeSize(
  volume: { readonly size?: string | undefined; readonly sizeFactor: string },
  run: { readonly databasesBytes: number; readonly storedBytes: number } | undefined,
): DrillVolumeSize {
  const given = volume.size === undefined ? undefined : quantityValue(volume.size);
  if (given !== undefined) return { bytes: given, isKnown: true };
  if (run === undefined) return { bytes: unknownBytes, isKnown: false };
  const bytes = run.databasesBytes * Number(volume.sizeFactor) + run.storedBytes * 2 + gibibyte;
  return { bytes: Math.ceil(bytes / mebibyte) * mebibyte, isKnown: true };
}

/** As a quantity of Kubernetes. */
export function quantityOf(bytes: number): string {
  return `${String(Math.ceil(bytes / mebibyte))}Mi`;
}
