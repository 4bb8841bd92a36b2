import type { Cluster } from '../test/cluster/harness/cluster.ts';
import { kubectlFor, waitFor } from '../test/cluster/harness/kubectl.ts';
import type { Narrator } from './progress.ts';
import { formatBytes } from './progress.ts';

/** What objects with runs have in their status, as far as the demo tells of it. */
export interface RunStatus {
  readonly currentRun?: {
    readonly stage: string;
    readonly progress?: { readonly step: string; readonly bytes: number };
  };
  readonly conditions?: readonly {
    readonly type: string;
    readonly reason: string;
    readonly message: string;
  }[];
}

export interface Followed {
  readonly kind: 'pgbackup' | 'pgdrill';
  readonly name: string;
  readonly namespace: string;
  /** For the message of a wait that was in vain. */
  readonly until: string;
}

/** Waits for what `wanted` finds in the status of an object, and tells what it is doing whenever that changes. */
export async function follow<Status extends RunStatus, T>(
  cluster: Cluster,
  tell: Narrator,
  { kind, name, namespace, until }: Followed,
  wanted: (status: Status) => T | undefined,
): Promise<T> {
  let said = '';
  return waitFor(
    until,
    async () => {
      const object = await kubectlFor(cluster).get<{ status?: Status }>(kind, name, namespace);
      const status = object?.status ?? ({} as Status);
      const now = describe(status);
      if (now !== said) tell.line(now);
      said = now;
      return wanted(status);
    },
    { timeoutSeconds: 1800, intervalMilliseconds: 500 },
  );
}

function describe({ currentRun: run, conditions = [] }: RunStatus): string {
  const last = conditions.find((condition) => condition.type === 'LastRunSucceeded');
  if (run === undefined) return `${last?.reason ?? 'waiting'}: ${last?.message ?? ''}`;
  const { stage, progress } = run;
  return progress === undefined ? stage : `${stage}, ${progress.step}, ${formatBytes(progress.bytes)}`;
}
