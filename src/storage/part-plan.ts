const MiB = 1024 * 1024;

/** How one object is cut into parts of equal size (R2 asks for equal ones), and how much memory that takes. */
export interface PartPlan {
  readonly partBytes: number;
  /** Buffers of one part each: one being filled, the others on their way. */
  readonly buffers: number;
  readonly maxParts: number;
}

const smallestPart = 8 * MiB;
/** The largest that is chosen without being asked for: three of them are all that the memory of a worker allows. */
const largestPart = 64 * MiB;
/** 31 GiB in 1,000 parts. */
const partOfUnknown = 32 * MiB;
const memory = 192 * MiB;
/** Scaleway takes no more; part sizes are chosen to stay below. */
const soughtParts = 1000;
/** The limit of the protocol. */
const maxParts = 10_000;
const reserve = 1.25;

/**
 * Part size for a stream of about `expectedBytes`. Up to 62 GiB (or 1,000 times `partBytes`, where the owner chose it)
 * an object has at most 1,000 parts; a longer one goes on to 10,000 of the same size where its store takes them.
 */
export function planParts(expectedBytes: number | undefined, partBytes: number | undefined): PartPlan {
  const size = partBytes ?? sizeFor(expectedBytes);
  return { partBytes: size, buffers: Math.min(5, Math.max(2, Math.floor(memory / size))), maxParts };
}

function sizeFor(expectedBytes: number | undefined): number {
  if (expectedBytes === undefined) return partOfUnknown;
  const wanted = Math.ceil((expectedBytes * reserve) / soughtParts / MiB) * MiB;
  return Math.min(largestPart, Math.max(smallestPart, wanted));
}
