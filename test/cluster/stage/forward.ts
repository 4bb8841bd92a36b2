import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { freePort } from '../../integration/servers/free-port.ts';
import type { Cluster } from '../harness/cluster.ts';

export interface Forward extends AsyncDisposable {
  readonly port: number;
}

/** `kubectl port-forward` to a Service, on a free port of this machine; ends when disposed of. */
export async function forward(
  cluster: Cluster,
  namespace: string,
  service: string,
  port: number,
): Promise<Forward> {
  // The pod may be away for a moment.
  for (let attempt = 1; ; attempt += 1) {
    const local = await freePort();
    const child = execa(
      'kubectl',
      ['port-forward', '--namespace', namespace, `service/${service}`, `${local}:${port}`],
      { env: cluster.env, reject: false, buffer: { stdout: false } },
    );
    if (await listens(child.stdout))
      return {
        port: local,
        async [Symbol.asyncDispose]() {
          child.kill('SIGTERM');
          await child;
        },
      };
    const { stderr } = await child;
    if (attempt === attempts) throw new Error(`no port-forward to ${namespace}/${service}: ${stderr}`);
    await sleep(1000);
  }
}

const attempts = 20;

/** False when it ended before it said that it forwards. */
async function listens(stdout: Readable): Promise<boolean> {
  let listening = false;
  for await (const line of createInterface({ input: stdout })) {
    listening = line.startsWith('Forwarding from');
    if (listening) break;
  }
  stdout.resume();
  return listening;
}
