import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { evidence } from '../../../test/builders/evidence.ts';
import type { WorkerRig } from '../../../test/builders/worker-rig.ts';
import { makeWorkerRig } from '../../../test/builders/worker-rig.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { writeEvidence } from '../../worker/drill/evidence.ts';
import { readProofs } from './proofs.ts';

let rig: WorkerRig;
beforeEach(async () => {
  rig = await makeWorkerRig();
});
afterEach(() => rig.remove());

describe('what is proven of a run', () => {
  const backup = evidence().backup!;

  async function drillOf(more: Partial<Evidence>): Promise<string | undefined> {
    const { sequence: _s, previous: _p, past: _past, chain: _c, signedBy: _k, ...draft } = evidence(more);
    const workspace = rig.workspace();
    await writeEvidence(workspace, draft);
    const repository = { store: rig.volume, signingKey: undefined, signal: workspace.signal };
    const { drill, runId } = draft;
    const proofs = await readProofs(repository, { backups: [], evidence: [{ drill, runId }] }, '0');
    return proofs.of(backup, backup.runId, backup.manifestDigest)?.drillRunId;
  }

  it('is a drill that passed', async () => {
    expect(await drillOf({ verdict: 'Passed' })).toBe(evidence().runId);
  });

  it('is no drill that did not pass', async () => {
    expect(await drillOf({ verdict: 'Failed', reason: 'Rows' })).toBeUndefined();
  });

  it('is no drill of definitions alone', async () => {
    expect(
      await drillOf({ verdict: 'Passed', backup: { ...backup, content: 'SchemaOnly' } }),
    ).toBeUndefined();
  });
});
