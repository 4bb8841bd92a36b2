import type { PostgresBackup } from '../../../src/api/v1alpha1/postgres-backup.ts';
import { waitFor } from '../harness/kubectl.ts';
import { apply, backupOf } from '../stage/objects.ts';
import type { Moment } from './moments.ts';
import { moments, ruleFor } from './moments.ts';
import type { Stage } from './stage.ts';
import { namespace, secretName } from './stage.ts';

/** A node that has this label takes the pods that wait for one. */
const nodeLabel = 'example.com/kills';

/** A backup whose run stands at its moment. */
export interface Parked {
  readonly name: string;
  readonly moment: Moment;
}

/** A backup that uses the server connection of `moment`, so that the two wait for one another. */
export function backupAt(name: string, moment: Moment): object {
  return backupOf(name, {
    connection: { secretRef: { name: secretName(moment.name) }, tls: { mode: 'Prefer' } },
    repositoryRef: { name: 'gated' },
    limits: { retries: 4, deadlineSeconds: 600 },
    worker: {
      resources: { requests: { cpu: '20m', memory: '64Mi' } },
      ...(moment.at === undefined && { nodeSelector: { [nodeLabel]: 'open' } }),
    },
  });
}

/** Starts a run per moment, all at once, and returns when each stands at its own. */
export async function park(stage: Stage, target: string): Promise<readonly Parked[]> {
  const parked = moments.map((moment) => ({ name: `${target}-${moment.name}`, moment }));
  await stage.kubectl.run(['label', 'nodes', '--all', `${nodeLabel}-`]);
  const rules = parked.map(({ name, moment }) => ruleFor(name, moment, namespace));
  await stage.gate.hold(rules.filter((rule) => rule !== undefined));
  await apply(stage.shop, ...parked.map(({ name, moment }) => backupAt(name, moment)));
  await waitFor(
    'every run to stand at its moment',
    async () => {
      const held = await stage.gate.held();
      if (!parked.every(({ name, moment }) => moment.at === undefined || held.includes(name))) return false;
      const pending = parked.filter(({ moment }) => moment.at === undefined);
      const pods = await Promise.all(pending.map(({ name }) => podsOf(stage, name)));
      return pods.every((list) => list.length > 0);
    },
    {
      timeoutSeconds: 150,
      describe: async () => `held: ${(await stage.gate.held()).join(' ')}`,
    },
  );
  return parked;
}

/** Lets every run go on. */
export async function release(stage: Stage): Promise<void> {
  await stage.gate.release();
  await stage.kubectl.run(['label', 'nodes', '--all', '--overwrite', `${nodeLabel}=open`]);
}

export async function cleanNodes(stage: Stage): Promise<void> {
  await stage.kubectl.run(['label', 'nodes', '--all', `${nodeLabel}-`]);
}

export interface WorkerPod {
  readonly metadata: { readonly name: string; readonly uid: string };
}

export async function podsOf({ kubectl }: Stage, backup: string): Promise<readonly WorkerPod[]> {
  const found = await kubectl.get<PostgresBackup>('pgbackup', backup, namespace);
  const job = found?.status?.currentRun?.jobName;
  if (job === undefined) return [];
  return kubectl.list<WorkerPod>('pods', namespace, `batch.kubernetes.io/job-name=${job}`);
}

export async function backups(
  { kubectl }: Stage,
  names: readonly string[],
): Promise<readonly PostgresBackup[]> {
  const all = await kubectl.list<PostgresBackup>('postgresbackups', namespace);
  return names.flatMap((name) => all.filter(({ metadata }) => metadata.name === name));
}

/** Waits until each of these backups has had `count` runs and none is on its way. */
export async function settled(
  stage: Stage,
  names: readonly string[],
  count: number,
): Promise<readonly PostgresBackup[]> {
  const seen = async (): Promise<readonly PostgresBackup[]> => backups(stage, names);
  return waitFor(
    `${count} runs of each to end`,
    async () => {
      const now = await seen();
      const over = now.every(({ status }) => !status?.currentRun && (status?.runs ?? []).length >= count);
      return over && now.length === names.length ? now : undefined;
    },
    {
      timeoutSeconds: 240,
      intervalMilliseconds: 1000,
      describe: async () =>
        JSON.stringify((await seen()).filter((one) => one.status?.currentRun).map((one) => one.status)),
    },
  );
}

/** Asks each of these backups for one more run. */
export async function requestRuns({ kubectl }: Stage, names: readonly string[]): Promise<void> {
  const request = `pgcairn.dev/run-requested=${Date.now()}`;
  await kubectl.run(['annotate', 'pgbackup', ...names, request, '--overwrite', '-n', namespace]);
}
