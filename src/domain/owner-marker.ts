import { z } from 'zod';

/**
 * OWNER.json of a backup's folder: which object writes there. A PostgresBackup that was deleted and made again under
 * the same name has another uid; it takes the folder over, since that is what re-creating it means. Two objects of
 * the same name (two clusters, one bucket) are told by their turns: a uid that was succeeded and comes back is the
 * sign that both live. It is refused and leaves word in the file, so that its successor is refused, too.
 */
export const OwnerMarker = z.strictObject({
  schema: z.literal('pgcairn.dev/owner/v1'),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  since: z.iso.datetime(),
  /** Who came back, and when: from then on nobody may write here until a person has decided. */
  contested: z.strictObject({ uid: z.string(), time: z.iso.datetime() }).optional(),
  /** Newest first. */
  succeeded: z.array(z.strictObject({ uid: z.string(), until: z.iso.datetime() })),
});
export type OwnerMarker = z.infer<typeof OwnerMarker>;

export interface Claimant {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type Claim =
  | { readonly kind: 'Own' }
  | { readonly kind: 'Write'; readonly marker: OwnerMarker; readonly took: string | undefined }
  | {
      readonly kind: 'Foreign';
      readonly because: string;
      /** To be written, so that the owner learns of the claimant. */
      readonly marker?: OwnerMarker;
    };

const remembered = 20;

/** What a backup may do with its folder, given the marker that lies there. */
export function claimFolder(marker: OwnerMarker | undefined, claimant: Claimant, now: Date): Claim {
  const time = now.toISOString();
  const own = { schema: 'pgcairn.dev/owner/v1' as const, ...claimant, since: time };
  if (marker === undefined) return { kind: 'Write', marker: { ...own, succeeded: [] }, took: undefined };
  if (marker.namespace !== claimant.namespace || marker.name !== claimant.name)
    return {
      kind: 'Foreign',
      because: `it belongs to ${marker.namespace}/${marker.name}. Use another prefix`,
    };
  const contest = contestOf(marker);
  if (contest !== undefined) return { kind: 'Foreign', because: contest };
  if (marker.uid === claimant.uid) return { kind: 'Own' };
  const before = marker.succeeded.find(({ uid }) => uid === claimant.uid);
  if (before !== undefined) {
    const contested = { ...marker, contested: { uid: claimant.uid, time } };
    return { kind: 'Foreign', because: contestOf(contested) ?? '', marker: contested };
  }
  const succeeded = [{ uid: marker.uid, until: time }, ...marker.succeeded].slice(0, remembered);
  return { kind: 'Write', marker: { ...own, succeeded }, took: marker.uid };
}

/** That two objects claim the folder, and what to do about it; undefined where they do not. */
export function contestOf({ uid, contested }: OwnerMarker): string | undefined {
  if (contested === undefined) return undefined;
  return `two PostgresBackups of this name write here, probably from two clusters: uid ${uid}, and uid ${contested.uid}, which came back on ${contested.time}. Use another prefix for one of them, or delete the file OWNER.json after making sure that only one is left; until then nothing is written or removed`;
}

/** Why retention may remove nothing for `uid`, given the marker that lies in its folder now; undefined: it may. */
export function heldByOwner(marker: OwnerMarker | undefined, uid: string): string | undefined {
  if (marker === undefined) return 'OWNER.json vanished during the run';
  if (marker.uid !== uid)
    return `another PostgresBackup of this name (uid ${marker.uid}) took the folder over`;
  return contestOf(marker);
}

/** The uids whose runs `marker` gives to its owner: its own, and those it followed, unless that is contested. */
export function ownedUids(marker: OwnerMarker | undefined, uid: string): ReadonlySet<string> {
  const followed = marker?.uid === uid && marker.contested === undefined ? marker.succeeded : [];
  return new Set([uid, ...followed.map((before) => before.uid)]);
}
