import { randomInt } from 'node:crypto';
import type { Server } from 'node:net';
import { createServer } from 'node:net';

// Below what the kernel gives to outgoing connections, and to whoever asks for any port: some servers of tests take a
// second until they listen.
const [first, end] = [20_000, 30_000];

/** A port of the loopback address that nobody listens at now, and that no other process of a test is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(first, end);
    // An abstract name: it is gone with this process, and leaves no file.
    const claim = await listening(`\0pgcairn-test-port-${port}`);
    if (claim === undefined) continue;
    const probe = await listening(port);
    if (probe === undefined) {
      claim.close();
      continue;
    }
    claim.unref();
    await new Promise((resolve) => probe.close(resolve));
    return port;
  }
}

/** Undefined where somebody is. */
async function listening(place: string | number): Promise<Server | undefined> {
  const server = createServer();
  const at = typeof place === 'string' ? { path: place } : { host: '127.0.0.1', port: place };
  return await new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(at, () => resolve(server));
  });
}
