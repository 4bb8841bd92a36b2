import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import { addSeconds } from '../../domain/instant.ts';
import type { Pod } from '../../kube/types.ts';
import type { Observer } from '../../runtime/controller-definition.ts';
import { Progress } from '../../task/report.ts';
import { workerPaths } from '../../task/paths.ts';
import { jobEnd } from '../job/report.ts';
import type { SeenChild } from './seen.ts';

/** Asks the worker in the pod of that address how far it is; undefined when it gives no answer in time. */
export type ProgressReader = (podIP: string, signal: AbortSignal) => Promise<Progress | undefined>;

/** How often a worker is asked at most. */
const intervalSeconds = 15;
const patienceMilliseconds = 2000;
/** A worker's answer has a hundred bytes; whatever else listens there must not fill the operator's memory. */
const limitBytes = 4096;

/** What the worker of a run says, unless it was asked a moment ago. No answer is no fault: it only tells less. */
export async function freshProgress(
  ports: { readonly now: () => Date; readonly readProgress: ProgressReader },
  observer: Observer,
  run: CurrentRun | undefined,
  child: SeenChild,
): Promise<Progress | undefined> {
  if (!run || child.state !== 'ours' || child.job.spec?.suspend === true || jobEnd(child.job))
    return undefined;
  const last = run.progress?.updateTime;
  if (last !== undefined && addSeconds(new Date(last), intervalSeconds) > ports.now()) return undefined;
  const address = child.pods.find(isRunning)?.status?.podIP;
  if (address === undefined) return undefined;
  return await ports.readProgress(address, observer.signal);
}

function isRunning(pod: Pod): boolean {
  return pod.status?.phase === 'Running' && pod.metadata.deletionTimestamp === undefined;
}

/** `GET http://<pod>:9188/progress`; no answer in two seconds is none. */
export async function readProgress(
  podIP: string,
  signal: AbortSignal,
  port: number = workerPaths.progressPort,
): Promise<Progress | undefined> {
  const host = podIP.includes(':') ? `[${podIP}]` : podIP;
  const url = `http://${host}:${String(port)}/progress`;
  try {
    const timeout = AbortSignal.timeout(patienceMilliseconds);
    const response = await fetch(url, { signal: AbortSignal.any([signal, timeout]), redirect: 'error' });
    if (!response.ok) return undefined;
    const parsed = Progress.safeParse(JSON.parse(await limitedText(response)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw new Error(`the answer is longer than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
