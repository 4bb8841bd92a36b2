import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readProgress } from './read-progress.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
});

/** A worker that gives this answer; undefined: none at all. */
async function workerSaying(body: string | undefined, status = 200): Promise<number> {
  server = createServer((_request, response) => {
    if (body !== undefined) response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => {
    server?.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const never = new AbortController().signal;

it('is what the worker says', async () => {
  const said = { runId: 'r', step: 'Dump', bytes: 7, objects: 1 };
  const port = await workerSaying(JSON.stringify(said));
  expect(await readProgress('127.0.0.1', never, port)).toEqual(said);
});

it.each([
  { what: 'no JSON', body: 'hello', status: 200 },
  { what: 'another document', body: '{"runId":1}', status: 200 },
  {
    what: 'longer than any worker would say it',
    body: JSON.stringify({ runId: 'r', step: 'Dump', bytes: 7, objects: 1 }) + ' '.repeat(5000),
    status: 200,
  },
  { what: 'an error', body: '{"runId":"r","step":"x","bytes":1,"objects":1}', status: 503 },
])('is nothing when the answer is $what', async ({ body, status }) => {
  const port = await workerSaying(body, status);
  expect(await readProgress('127.0.0.1', never, port)).toBeUndefined();
});

it('is nothing when nobody listens, or the pass is over, or no answer comes in time', async () => {
  expect(await readProgress('127.0.0.1', never, 1)).toBeUndefined();
  const port = await workerSaying(undefined);
  expect(await readProgress('127.0.0.1', AbortSignal.timeout(20), port)).toBeUndefined();
  expect(await readProgress('127.0.0.1', never, port)).toBeUndefined();
});
