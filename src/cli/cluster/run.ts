import type { ObjectKey } from '../../base/resource.ts';
import { formatBytes } from '../../domain/amounts.ts';
import { requests } from '../../operator/marks.ts';
import { UsageError } from '../usage-error.ts';
import type { Surroundings } from '../surroundings.ts';
import type { RequestState } from './follow.ts';
import { requestState } from './follow.ts';
import type { Cluster } from './open.ts';
import type { Runner, Target } from './target.ts';

export interface RunOrder {
  readonly target: Target;
  /** Absent: the request is made, and nothing waited for. */
  readonly wait?: {
    /** Absent: as long as it takes. */
    readonly timeoutSeconds?: number;
    readonly say: (line: string) => void;
  };
}

export type RunEnd =
  | { readonly kind: 'Requested' }
  | { readonly kind: 'TimedOut' }
  | { readonly kind: 'Ended'; readonly object: Runner; readonly state: RequestState };

const pauseMilliseconds = 1_000;

/** Asks the operator for a run by the annotation, and follows it to its end. */
export async function requestRun(
  cluster: Cluster,
  { target, wait }: RunOrder,
  { clock, signal }: Surroundings,
): Promise<RunEnd> {
  const { client, namespace } = cluster;
  const key = { namespace, name: target.name };
  await requireObject(cluster, target, key, signal);
  const askedAt = clock.now();
  const value = askedAt.toISOString();
  const patch = { metadata: { annotations: { [requests.run]: value } } };
  await client.mergePatch(target.type, key, patch, { fieldManager: 'pgcairn-cli' }, { signal });
  if (wait === undefined) return { kind: 'Requested' };
  const limit = clock.monotonic() + (wait.timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  let told = '';
  let runId: string | undefined;
  for (;;) {
    const object = await requireObject(cluster, target, key, signal);
    const state = requestState(object, { value, askedAt, ...(runId === undefined ? {} : { runId }) });
    if (state.kind !== 'Asked' && state.kind !== 'Running') return { kind: 'Ended', object, state };
    if (state.kind === 'Running') runId = state.run.runId;
    const line = lineOf(state);
    if (line !== told) wait.say(line);
    told = line;
    if (clock.monotonic() > limit) return { kind: 'TimedOut' };
    await clock.sleep(pauseMilliseconds, signal);
  }
}

async function requireObject(
  { client }: Cluster,
  { type }: Target,
  key: ObjectKey,
  signal: AbortSignal,
): Promise<Runner> {
  const object = await client.get<Runner>(type, key, { signal });
  if (object !== undefined) return object;
  throw new UsageError(`the cluster has no ${type.kind} ${key.name} in namespace ${key.namespace}`);
}

function lineOf(state: Extract<RequestState, { kind: 'Asked' | 'Running' }>): string {
  if (state.kind === 'Asked') return `waiting for the operator to begin (${state.because})`;
  const { runId, stage, progress } = state.run;
  if (progress === undefined) return `${runId}: ${stage}`;
  const moved = progress.bytes === 0 ? '' : `, ${formatBytes(progress.bytes)}`;
  return `${runId}: ${progress.step}${moved}`;
}
