// Runs in a pod, by node alone: stands between workers and the S3 server, and holds what it is told to hold.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';

/** A request to be held: before it reaches the store, or once the store has answered and the worker does not know. */
export interface Rule {
  readonly name: string;
  readonly method: string;
  /** Regular expression over path and query. */
  readonly url: string;
  readonly when: 'before' | 'after';
}

const [host, port] = (process.argv[2] ?? '').split(':');
let rules: readonly Rule[] = [];
let release = Promise.withResolvers<void>();
const held = new Set<string>();

async function hold(incoming: IncomingMessage, when: Rule['when']): Promise<void> {
  const rule = rules.find(
    (one) =>
      one.when === when && one.method === incoming.method && new RegExp(one.url).test(incoming.url ?? ''),
  );
  if (rule === undefined) return;
  held.add(rule.name);
  await release.promise;
}

async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  await hold(incoming, 'before');
  if (outgoing.destroyed) return;
  const { method, url, headers } = incoming;
  const onward = request({ host, port, method, path: url, headers, agent: false });
  // A store that is gone may refuse or be silent; either way the worker sees a broken connection.
  onward.on('socket', (socket) => {
    const patience = setTimeout(() => onward.destroy(new Error('nobody there')), 1000);
    socket.once('connect', () => clearTimeout(patience));
  });
  onward.setTimeout(10_000, () => onward.destroy(new Error('silent')));
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy(new Error('silent')));
  onward.on('response', (answer) => {
    onward.setTimeout(0);
    answer.on('error', () => outgoing.destroy());
    void hold(incoming, 'after').then(() => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
  });
  incoming.pipe(onward);
}

function obey(next: readonly Rule[]): void {
  rules = next;
  held.clear();
  release.resolve();
  release = Promise.withResolvers();
}

async function command(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.method === 'PUT') {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const next = JSON.parse(Buffer.concat(chunks).toString()) as readonly Rule[];
    const after = Number(new URL(incoming.url ?? '', 'http://gate').searchParams.get('after') ?? 0);
    if (after > 0) setTimeout(() => obey(next), after * 1000);
    else obey(next);
  }
  outgoing.end(JSON.stringify([...held]));
}

createServer((incoming, outgoing) => void pass(incoming, outgoing)).listen(7070);
createServer((incoming, outgoing) => void command(incoming, outgoing)).listen(7071);
