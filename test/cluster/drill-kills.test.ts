import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from './harness/kubectl.ts';
import { killNodeAgent, killPods, killServers } from './drill-kills/kill.ts';
import { namespace } from './drill-kills/moments.ts';
import { cleanNodes, drills, park, release, settled } from './drill-kills/round.ts';
import { faultsAfter } from './drill-kills/sound.ts';
import { openDrillStage } from './drill-kills/stage.ts';
import { killOperators, withoutOperators } from './kills/kill.ts';
import type { Stage } from './kills/stage.ts';
import { keepWhatFailed } from './stage/keep.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openDrillStage();
}, 20 * 60_000);

afterAll(async () => {
  await cleanNodes(stage);
  await stage.gate[Symbol.asyncDispose]();
  await stage.shop.remove();
});

keepWhatFailed(namespace, 'pgcairn-system');

describe('killed at ten moments of a drill', () => {
  it('the pod: the drill is done again within its Job, and passes', async () => {
    const parked = await park(stage, 'pod');
    await killPods(stage, parked);
    await release(stage);
    const ended = await settled(stage, parked);
    expect(ended.map(({ status }) => status?.verdict)).toEqual(parked.map(() => 'Passed'));
    expect(await faultsAfter(stage, ended)).toEqual([]);
  });

  it('the throw-away server: a drill that still needed it says so, and blames no backup', async () => {
    const parked = await park(stage, 'server');
    await killServers(stage, parked);
    await release(stage);
    const ended = await settled(stage, parked);
    const verdicts = new Map(ended.map(({ metadata, status }) => [metadata.name, status?.verdict]));
    expect([...verdicts.values()]).not.toContain('Failed');
    expect(verdicts.get('server-checking')).toBe('Inconclusive');
    expect(verdicts.get('server-published')).toBe('Passed');
    const inconclusive = ended.filter(({ status }) => status?.verdict === 'Inconclusive');
    expect(new Set(inconclusive.map(({ status }) => status?.lastRun?.reason))).toEqual(
      new Set(['DrillServerFailed']),
    );
    expect(await faultsAfter(stage, ended)).toEqual([]);
  });

  it('the operator pods: the drills go on without them and are reported by the next', async () => {
    const parked = await park(stage, 'operator');
    const before = await drills(stage, parked);
    await killOperators(stage);
    await withoutOperators(stage, async () => {
      await release(stage);
      await waitFor('a Job to be over', () => aJobIsOver(), { timeoutSeconds: 200 });
      const unreported = await drills(stage, parked);
      expect(unreported.filter(({ status }) => status?.lastRun)).toEqual([]);
    });
    const ended = await settled(stage, parked);
    expect(ended.map(({ status }) => status?.lastRun?.runId)).toEqual(
      before.map(({ status }) => status?.currentRun?.runId),
    );
    expect(ended.map(({ status }) => status?.verdict)).toEqual(parked.map(() => 'Passed'));
    expect(await faultsAfter(stage, ended)).toEqual([]);
  });

  it('the node agent: the drills go on without it and are reported by the next', async () => {
    const parked = await park(stage, 'node');
    await killNodeAgent(stage, 40);
    await release(stage);
    const ended = await settled(stage, parked);
    expect(ended.map(({ status }) => status?.verdict)).toEqual(parked.map(() => 'Passed'));
    expect(await faultsAfter(stage, ended)).toEqual([]);
  });
});

async function aJobIsOver(): Promise<boolean> {
  const jobs = await stage.kubectl.list<{
    metadata: { name: string };
    status?: { succeeded?: number };
  }>('jobs', namespace, 'pgcairn.dev/task-kind=drill');
  return jobs.some(
    ({ metadata, status }) => metadata.name.startsWith('operator-') && status?.succeeded === 1,
  );
}
