import { waitFor } from '../harness/kubectl.ts';
import type { Parked } from './round.ts';
import { podsOf } from './round.ts';
import type { Stage } from './stage.ts';
import { namespace } from './stage.ts';

/**
 * Kills the pod of every run: every other one vanishes at once, the rest get a second to stop. Gives the runs of the
 * latter: how a pod ended that is gone, nobody may have seen.
 */
export async function killWorkers(stage: Stage, parked: readonly Parked[]): Promise<readonly Parked[]> {
  const pods = await Promise.all(parked.map((one) => podsOf(stage, one)));
  const names = pods.flat().map(({ metadata }) => metadata.name);
  if (names.length !== parked.length) throw new Error(`${names.length} pods for ${parked.length} runs`);
  const isStopped = (index: number): boolean => index % 2 === 1;
  const vanish = names.filter((_, index) => !isStopped(index));
  const stop = names.filter((_, index) => isStopped(index));
  await Promise.all([
    stage.kubectl.run(['delete', 'pods', ...vanish, '-n', namespace, '--force', '--grace-period=0']),
    stage.kubectl.run(['delete', 'pods', ...stop, '-n', namespace, '--grace-period=1']),
  ]);
  return parked.filter((_, index) => isStopped(index));
}

/** Kills the only pod of a workload, and lets none come back while `meanwhile` runs. */
export async function withoutServer(
  { kubectl }: Stage,
  { workload, app }: { readonly workload: string; readonly app: string },
  meanwhile: () => Promise<void>,
): Promise<void> {
  const scale = (replicas: number): Promise<string> =>
    kubectl.run(['scale', workload, `--replicas=${replicas}`, '-n', namespace]);
  await scale(0);
  try {
    // Without --force it returns only when the process is gone.
    const pod = ['-l', `app=${app}`, '-n', namespace];
    await kubectl.run(['delete', 'pods', ...pod, '--grace-period=1', '--ignore-not-found']);
    await meanwhile();
  } finally {
    await scale(1);
  }
  await kubectl.run(['rollout', 'status', workload, '-n', namespace, '--timeout=120s'], {
    timeoutMilliseconds: 130_000,
  });
}

const selector = ['-l', 'app.kubernetes.io/name=pgcairn'];

/** Kills every pod of the operator at once; returns when others lead. */
export async function killOperators(stage: Stage): Promise<void> {
  const { kubectl, installation } = stage;
  const before = await leader(stage);
  const where = ['-n', installation.namespace];
  await kubectl.run(['delete', 'pods', ...selector, ...where, '--force', '--grace-period=0']);
  await waitFor('another operator to lead', async () => (await leader(stage)) !== before, {
    timeoutSeconds: 90,
  });
}

/** Kills every pod of the operator and lets none come back while `meanwhile` runs. */
export async function withoutOperators(stage: Stage, meanwhile: () => Promise<void>): Promise<void> {
  const { kubectl, installation } = stage;
  const where = ['-n', installation.namespace];
  const scale = (replicas: number): Promise<string> =>
    kubectl.run(['scale', 'deployment/pgcairn', `--replicas=${replicas}`, ...where]);
  await scale(0);
  await kubectl.run(['delete', 'pods', ...selector, ...where, '--grace-period=1', '--ignore-not-found']);
  try {
    await meanwhile();
  } finally {
    await scale(2);
  }
}

async function leader({ kubectl, installation }: Stage): Promise<string> {
  const lease = await kubectl.get<{ spec?: { holderIdentity?: string } }>(
    'lease',
    'pgcairn-operator',
    installation.namespace,
  );
  const holder = lease?.spec?.holderIdentity ?? '';
  if (holder === '') throw new Error('nobody leads');
  return holder;
}
