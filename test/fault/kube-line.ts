import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP line to a server that a test can disturb. */
export interface Line {
  readonly port: number;
  /** Connections open now. */
  readonly open: number;
  /** RST on every connection. */
  resetAll(): void;
  /** Existing connections stay open, and nothing passes any more: what a lost peer or a dropped flow looks like. */
  freezeAll(): void;
  /** Refuses new connections until called with false. */
  refuse(on: boolean): void;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 and passes everything to `host`:`port`. */
export async function openLine(host: string, port: number): Promise<Line> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let refusing = false;
  const server = createServer((near) => {
    if (refusing) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(port, host);
    const pair = [near, far] as const;
    pairs.add(pair);
    near.pipe(far);
    far.pipe(near);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  function resetAll(): void {
    for (const [near] of pairs) near.resetAndDestroy();
  }
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return pairs.size;
    },
    resetAll,
    freezeAll() {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.pause();
        far.pause();
      }
    },
    refuse(on) {
      refusing = on;
    },
    close() {
      resetAll();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
