import type { EvidenceFinding } from '../../domain/evidence.ts';
import type { RestoredRun } from './restored.ts';

/** Looks into the indexes of the restored databases. */
export function auditIndexes(_run: RestoredRun): Promise<EvidenceFinding[]> {
  return Promise.resolve([]);
}
