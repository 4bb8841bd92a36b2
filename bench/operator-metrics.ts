import type { Kubectl } from '../test/cluster/harness/kubectl.ts';

/** Series with its labels, as Prometheus' text format has it, and its value. */
export type Metrics = ReadonlyMap<string, number>;

export function parseMetrics(text: string): Metrics {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const cut = line.lastIndexOf(' ');
      return [line.slice(0, cut), Number(line.slice(cut + 1))];
    }),
  );
}

/** Sum of the series that begin with `prefix` and hold `label`. */
export function sumOf(metrics: Metrics, prefix: string, label = ''): number {
  let sum = 0;
  for (const [series, value] of metrics)
    if (series.startsWith(prefix) && series.includes(label)) sum += value;
  return sum;
}

export async function operatorPod(kubectl: Kubectl, namespace: string): Promise<string> {
  const [pod] = await kubectl.list<{ metadata: { name: string } }>('pods', namespace);
  if (pod === undefined) throw new Error(`no pod in ${namespace}`);
  return pod.metadata.name;
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string };
    readonly containers?: readonly { readonly memory?: { readonly workingSetBytes?: number } }[];
  }[];
}

/** Working set of a pod as the kubelet counts it against the limit, in MiB; 0 while it has not looked yet. */
export async function operatorMemory(kubectl: Kubectl, pod: string): Promise<number> {
  const node = await kubectl.run(['get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}']);
  const text = await kubectl.run(['get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`]);
  const { pods } = JSON.parse(text) as Summary;
  const found = pods.find(({ podRef }) => podRef.name === pod);
  return (found?.containers?.[0]?.memory?.workingSetBytes ?? 0) / 2 ** 20;
}

/** Largest resident set that the process has had, in MiB. */
export async function operatorPeak(kubectl: Kubectl, namespace: string, pod: string): Promise<number> {
  const status = await kubectl.run(['exec', '-n', namespace, pod, '--', 'cat', '/proc/1/status']);
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

export interface OperatorTimes {
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly synced: number;
  readonly leading: number;
}

/** When the operator reached its marks, by its own log. */
export async function operatorTimes(
  kubectl: Kubectl,
  namespace: string,
  pod: string,
): Promise<OperatorTimes> {
  const log = await kubectl.run(['logs', '-n', namespace, pod]);
  const lines = log.split('\n').filter((line) => line.startsWith('{'));
  const entries = lines.map((line) => JSON.parse(line) as { time: string; msg: string });
  const at = (words: string): number => {
    const entry = entries.find(({ msg }) => msg.startsWith(words));
    if (entry === undefined) throw new Error(`the operator has not logged: ${words}`);
    return Date.parse(entry.time);
  };
  return { started: at('operator starts'), synced: at('caches are synced'), leading: at('leading') };
}
