import type { Catalogue, CatalogueRun } from '../domain/catalogue.ts';
import type { OwnerMarker } from '../domain/owner-marker.ts';
import { heldByOwner } from '../domain/owner-marker.ts';

export interface FreezeEvidence {
  readonly catalogue: Pick<Catalogue, 'runs' | 'invalid'>;
  /** The run just published. */
  readonly own: Pick<CatalogueRun, 'manifest'>;
  /** OWNER.json as it lies there after the run. */
  readonly owner: OwnerMarker | undefined;
}

/** Why retention may remove nothing, where the store shows something that a person should look at first. */
export function frozenBecause({ catalogue, own, owner }: FreezeEvidence): string | undefined {
  return heldByOwner(owner, own.manifest.backup.uid) ?? invalidRun(catalogue) ?? otherServer(catalogue, own);
}

function invalidRun({ invalid }: FreezeEvidence['catalogue']): string | undefined {
  const [first, ...others] = invalid;
  if (first === undefined) return undefined;
  const more = others.length === 0 ? '' : ` (and ${String(others.length)} more are)`;
  return `run ${first.folder.runId} is invalid${more}: ${first.fault}; nothing goes until it is repaired or moved away by hand`;
}

/** After a take-over the earlier runs should be of the same database cluster: else they may be those of another site. */
function otherServer(
  { runs }: FreezeEvidence['catalogue'],
  { manifest }: FreezeEvidence['own'],
): string | undefined {
  const ours = manifest.server.systemIdentifier;
  const other = runs.find(({ manifest: { backup, server } }) => {
    const known = server.systemIdentifier !== undefined && ours !== undefined;
    return known && backup.uid !== manifest.backup.uid && server.systemIdentifier !== ours;
  });
  if (other === undefined) return undefined;
  const { backup, server } = other.manifest;
  return `run ${other.folder.runId} was made by another PostgresBackup (uid ${backup.uid}) from another server (system identifier ${server.systemIdentifier ?? ''}): nothing goes until such runs are moved away by hand, or this backup uses another prefix`;
}
