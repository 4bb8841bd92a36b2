import type { PostgresBackup } from '../../../src/api/v1alpha1/postgres-backup.ts';
import { waitFor } from '../harness/kubectl.ts';
import { apply, backupOf, isOpen } from '../stage/objects.ts';
import type { Moment } from './moments.ts';
import { moments, ruleFor } from './moments.ts';
import { emptyFolder } from './oracle.ts';
import type { Stage } from './stage.ts';
import { namespace, secretName } from './stage.ts';

/** A node that has this label takes the pods that wait for one. */
const nodeLabel = 'example.com/kills';

/** A backup whose run stands at its moment. */
export interface Parked {
  readonly name: string;
  readonly moment: Moment;
  readonly runId: string;
  readonly jobName: string;
}

/** Numbers of runs by the name of their backup. */
export type Runs = ReadonlyMap<string, number>;

/** The next run of each backup. */
export interface Round {
  /** How many runs each backup has had when this one has ended. */
  readonly runs: Runs;
  readonly parked: readonly Parked[];
}

/** Names of the backups, one for each moment. */
export const names: readonly string[] = moments.map(({ name }) => name);

function backupAt(moment: Moment): object {
  return backupOf(moment.name, {
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
export async function park(stage: Stage): Promise<Round> {
  await release(stage);
  if ((await backups(stage)).length > 0) await forgetFirstRuns(stage);
  await stage.kubectl.run(['label', 'nodes', '--all', `${nodeLabel}-`]);
  const rules = moments.map((moment) => ruleFor(moment.name, moment, namespace));
  await stage.gate.hold(rules.filter((rule) => rule !== undefined));
  const runs = await requestRuns(stage);
  const missing = moments.filter(({ name }) => !runs.has(name));
  await apply(stage.shop, ...missing.map(backupAt));
  const parked = await waitFor('every run to stand at its moment', () => standing(stage), {
    timeoutSeconds: 150,
    describe: async () => `held: ${(await stage.gate.held()).join(' ')}`,
  });
  return { runs: new Map([...missing.map(({ name }) => [name, 1] as const), ...runs]), parked };
}

/** Lets runs end, then removes the backups whose moments only a first run has, and all they stored. */
async function forgetFirstRuns(stage: Stage): Promise<void> {
  await settled(stage, new Map());
  for (const { name } of moments.filter(({ isFirstRun }) => isFirstRun)) {
    await stage.kubectl.run(['delete', 'pgbackup', name, '-n', namespace]);
    await emptyFolder(stage, name);
  }
}

async function standing(stage: Stage): Promise<readonly Parked[] | undefined> {
  const held = await stage.gate.held();
  const now = await backups(stage);
  const parked: Parked[] = [];
  for (const moment of moments) {
    const run = now.find(({ metadata }) => metadata.name === moment.name)?.status?.currentRun;
    if (run?.jobName === undefined) return undefined;
    const one = { name: moment.name, moment, runId: run.runId, jobName: run.jobName };
    const stands = moment.at === undefined ? (await podsOf(stage, one)).length > 0 : held.includes(one.name);
    if (!stands) return undefined;
    parked.push(one);
  }
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
  readonly status?: { readonly phase?: string };
}

/** Those of tries that have ended left out. */
export async function podsOf({ kubectl }: Stage, { jobName }: Parked): Promise<readonly WorkerPod[]> {
  const pods = await kubectl.list<WorkerPod>('pods', namespace, `batch.kubernetes.io/job-name=${jobName}`);
  return pods.filter(isOpen);
}

/** In the order of their moments. */
export async function backups({ kubectl }: Stage): Promise<readonly PostgresBackup[]> {
  const all = await kubectl.list<PostgresBackup>('postgresbackups', namespace);
  return names.flatMap((name) => all.filter(({ metadata }) => metadata.name === name));
}

/** Waits until each backup has had so many runs and none is on its way. */
export async function settled(stage: Stage, runs: Runs): Promise<readonly PostgresBackup[]> {
  const isOver = ({ metadata, status }: PostgresBackup): boolean =>
    !status?.currentRun && (status?.runs ?? []).length >= (runs.get(metadata.name) ?? 0);
  return waitFor(
    'the runs of each backup to end',
    async () => {
      const now = await backups(stage);
      return now.length === names.length && now.every(isOver) ? now : undefined;
    },
    {
      timeoutSeconds: 240,
      intervalMilliseconds: 1000,
      describe: async () =>
        JSON.stringify(
          (await backups(stage)).filter((one) => one.status?.currentRun).map((one) => one.status),
        ),
    },
  );
}

/** Asks for one more run of each backup that is there, when none is on its way; gives how many each has had after it. */
export async function requestRuns(stage: Stage): Promise<Runs> {
  const now = await backups(stage);
  if (now.length === 0) return new Map();
  const request = `pgcairn.dev/run-requested=${Date.now()}`;
  const all = now.map(({ metadata }) => metadata.name);
  await stage.kubectl.run(['annotate', 'pgbackup', ...all, request, '--overwrite', '-n', namespace]);
  return new Map(now.map(({ metadata, status }) => [metadata.name, 1 + (status?.runs ?? []).length]));
}
