import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import type { Meter } from '../stream/meter.ts';
import type { Progress } from '../task/report.ts';

export interface ProgressServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers `GET /progress` with where the run stands, for the operator. Nothing else, and nothing secret. */
export async function serveProgress(
  runId: string,
  meter: Meter,
  port: number,
  hasEnded: () => boolean = () => false,
): Promise<ProgressServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/progress') {
      response.writeHead(404).end();
      return;
    }
    const { step, bytes, objects } = meter.read();
    const progress: Progress = { runId, step, bytes, objects, ...(hasEnded() && { ended: true }) };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(progress));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
