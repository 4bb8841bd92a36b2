import type { BackupDrill } from '../../../src/api/v1alpha1/backup-drill.ts';
import { waitFor } from '../harness/kubectl.ts';
import type { Stage } from '../kills/stage.ts';
import { drillOf } from '../stage/drills.ts';
import { apply, isOpen } from '../stage/objects.ts';
import type { Moment } from './moments.ts';
import { moments, namespace, ruleFor } from './moments.ts';

/** A node that has this label takes the pods that wait for one. */
const nodeLabel = 'example.com/drill-kills';
const wait = 'until [ -e /tmp/go ]; do sleep 0.2; done';

/** A drill that stands at its moment. */
export interface Parked {
  readonly name: string;
  readonly moment: Moment;
}

/** Starts a drill per moment, all at once, and returns when each stands at its own. */
export async function park(stage: Stage, target: string): Promise<readonly Parked[]> {
  const { kubectl, gate, shop } = stage;
  const parked = moments.map((moment) => ({ name: `${target}-${moment.name}`, moment }));
  await kubectl.run(['label', 'nodes', '--all', `${nodeLabel}-`]);
  const rules = parked.map(({ name, moment }) => ruleFor(name, moment));
  await gate.hold(rules.filter((rule) => rule !== undefined));
  await apply(shop, ...parked.map((one) => drillAt(stage, one)));
  // Only a look into its container tells whether an application waits.
  const cheapestFirst = parked.toSorted((a, b) => Number(isChecking(a)) - Number(isChecking(b)));
  await waitFor(
    'every drill to stand at its moment',
    async () => {
      const held = await gate.held();
      for (const one of cheapestFirst) if (!(await isParked(stage, one, held))) return false;
      return true;
    },
    {
      timeoutSeconds: 240,
      intervalMilliseconds: 1000,
      describe: async () => `held: ${(await gate.held()).join(' ')}`,
    },
  );
  return parked;
}

const isChecking = ({ moment }: Parked): boolean => moment.waits === 'checking';

function drillAt({ shop }: Stage, { name, moment }: Parked): object {
  const application = { image: shop.serverImage, command: ['sh', '-c', wait], timeoutSeconds: 240 };
  const resources = { requests: { cpu: '10m', memory: '64Mi' } };
  return drillOf(name, {
    source: { backupRef: { name: moment.name } },
    limits: { retries: 4, deadlineSeconds: 900 },
    server: { resources, volume: { size: '256Mi' } },
    worker: { resources, ...(moment.waits === 'pending' && { nodeSelector: { [nodeLabel]: 'open' } }) },
    ...(moment.waits === 'checking' && { checks: { application } }),
  });
}

async function isParked(stage: Stage, one: Parked, held: readonly string[]): Promise<boolean> {
  if (one.moment.at !== undefined) return held.includes(one.name);
  const [pod] = await podsOf(stage, one.name);
  if (pod === undefined) return false;
  if (one.moment.waits === 'pending') return true;
  const isOpen = ['exec', pod, '-n', namespace, '-c', 'application', '--', 'test', '-e'];
  return (await stage.kubectl.try([...isOpen, '/run/pgcairn/application/go'])).ok;
}

/** Lets every drill go on, also those that start anew. */
export async function release(stage: Stage): Promise<void> {
  await stage.gate.release();
  await stage.kubectl.run(['label', 'nodes', '--all', '--overwrite', `${nodeLabel}=open`]);
}

/** Lets an application end that waits for a word, in whichever pod it waits; `told` are the pods that had it. */
async function letApplicationsEnd(stage: Stage, parked: readonly Parked[], told: Set<string>): Promise<void> {
  for (const { name } of parked.filter(isChecking)) {
    for (const pod of await podsOf(stage, name)) {
      if (told.has(pod)) continue;
      const touch = ['exec', pod, '-n', namespace, '-c', 'application', '--', 'touch', '/tmp/go'];
      if ((await stage.kubectl.try(touch)).ok) told.add(pod);
    }
  }
}

export async function cleanNodes({ kubectl }: Stage): Promise<void> {
  await kubectl.run(['label', 'nodes', '--all', `${nodeLabel}-`]);
}

/** Names of the pods of the drill under way, those that have ended left out. */
export async function podsOf({ kubectl }: Stage, drill: string): Promise<readonly string[]> {
  interface Pod {
    readonly metadata: { readonly name: string };
    readonly status?: { readonly phase?: string };
  }
  const found = await kubectl.get<BackupDrill>('pgdrill', drill, namespace);
  const job = found?.status?.currentRun?.jobName;
  if (job === undefined) return [];
  const pods = await kubectl.list<Pod>('pods', namespace, `batch.kubernetes.io/job-name=${job}`);
  return pods.filter(isOpen).map(({ metadata }) => metadata.name);
}

export async function drills({ kubectl }: Stage, parked: readonly Parked[]): Promise<readonly BackupDrill[]> {
  const all = await kubectl.list<BackupDrill>('backupdrills', namespace);
  return parked.flatMap(({ name }) => all.filter(({ metadata }) => metadata.name === name));
}

/** Waits until each of these drills has ended and is reported. */
export async function settled(stage: Stage, parked: readonly Parked[]): Promise<readonly BackupDrill[]> {
  const told = new Set<string>();
  return waitFor(
    'every drill to end',
    async () => {
      await letApplicationsEnd(stage, parked, told);
      const now = await drills(stage, parked);
      return now.every(({ status }) => !status?.currentRun && status?.lastRun) ? now : undefined;
    },
    {
      timeoutSeconds: 400,
      intervalMilliseconds: 2000,
      describe: async () =>
        JSON.stringify((await drills(stage, parked)).filter((one) => one.status?.currentRun)),
    },
  );
}
