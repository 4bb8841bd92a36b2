import { setTimeout as sleep } from 'node:timers/promises';
import { buildBusyboxImage } from '../../../scripts/images/busybox.ts';
import { openCluster } from '../harness/open.ts';
import type { Stage } from '../kills/stage.ts';
import { podsOf } from './round.ts';
import type { Parked } from './round.ts';
import { namespace } from './moments.ts';

/** Kills the pod of every drill: every other one vanishes at once, the rest get a second to stop. */
export async function killPods(stage: Stage, parked: readonly Parked[]): Promise<void> {
  const pods = (await Promise.all(parked.map(({ name }) => podsOf(stage, name)))).flat();
  if (pods.length !== parked.length) throw new Error(`${pods.length} pods for ${parked.length} drills`);
  const remove = (names: readonly string[], ...how: readonly string[]): Promise<string> =>
    stage.kubectl.run(['delete', 'pods', ...names, '-n', namespace, ...how]);
  await Promise.all([
    remove(
      pods.filter((_, index) => index % 2 === 0),
      '--force',
      '--grace-period=0',
    ),
    remove(
      pods.filter((_, index) => index % 2 === 1),
      '--grace-period=1',
    ),
  ]);
}

/** Has the throw-away server of every drill that has one die at once; the kubelet starts it anew. */
export async function killServers(stage: Stage, parked: readonly Parked[]): Promise<void> {
  const running = parked.filter(({ moment }) => moment.waits !== 'pending');
  await Promise.all(
    running.map(async ({ name }) => {
      for (const pod of await podsOf(stage, name)) {
        const die = ['exec', pod, '-n', namespace, '-c', 'server', '--', 'sh', '-c', 'kill -QUIT 1'];
        const { ok, stderr } = await stage.kubectl.try(die);
        // What asks the server to die dies with it, and may not come to say that it asked.
        if (!ok && !stderr.includes('exit code 137')) throw new Error(`${pod}: ${stderr}`);
      }
    }),
  );
}

/** Kills the kubelet; every drill goes on while none is there, and none comes back before `seconds`. */
export async function killNodeAgent({ kubectl, cluster, gate }: Stage, seconds: number): Promise<void> {
  const image = await cluster.loadImage(await buildBusyboxImage());
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'node-agent-killer', namespace: 'kube-system' },
    spec: {
      hostPID: true,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image,
          command: ['sh', '-c', 'kill -9 $(pidof kubelet)'],
          securityContext: { privileged: true, runAsUser: 0 },
        },
      ],
    },
  };
  const remove = ['delete', 'pod', 'node-agent-killer', '-n', 'kube-system', '--ignore-not-found'];
  await kubectl.run(remove);
  // Nothing that runs on the node can be asked for anything until its agent is back.
  await gate.releaseAfter(seconds / 2);
  await kubectl.apply(pod);
  await sleep(seconds * 1000);
  const asked = await kubectl.try(['logs', 'node-agent-killer', '-n', 'kube-system']);
  await openCluster();
  await kubectl.run(remove);
  if (asked.ok) throw new Error('the node agent was still there');
}
