import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { expect, test } from 'vitest';
import { sessionFailure } from './session-errors.ts';

const authenticationOk = Buffer.from('R\0\0\0\x08\0\0\0\0', 'latin1');
const readyForQuery = Buffer.from('Z\0\0\0\x05I', 'latin1');

/** A client whose server closes the line as soon as it has said that it is ready. */
async function brokenClient(): Promise<pg.Client> {
  const server = createServer((socket) => {
    socket.once('data', () => socket.end(Buffer.concat([authenticationOk, readyForQuery])));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres' });
  const broken = new Promise((resolve) => client.once('end', resolve));
  client.on('error', () => undefined);
  await client.connect();
  await broken;
  server.close();
  return client;
}

test('a statement on a connection that has broken before is told as a lost connection', async () => {
  const client = await brokenClient();
  const error: unknown = await client.query('SELECT 1').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(Error);
  expect(sessionFailure(error, 'shop')).toMatchObject({
    reason: 'ConnectionLost',
    message: expect.stringMatching(/^database shop: /) as string,
  });
});

test('an error that is none of the connection is left to the caller', () => {
  expect(sessionFailure(new TypeError('rows is not iterable'), 'shop')).toBeUndefined();
});
