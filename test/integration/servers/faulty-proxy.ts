import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of one request. */
export type Fault =
  | { readonly kind: 'Pass' }
  /** Answers instead of the server; the request never reaches it. */
  | { readonly kind: 'Answer'; readonly status: number; readonly body?: string; readonly headers?: object }
  /** Breaks the connection after so many bytes of the request's body; the server gets no more than these. */
  | { readonly kind: 'CutRequest'; readonly bytes: number }
  /** Lets the server do it, and breaks the connection instead of answering. */
  | { readonly kind: 'LoseResponse' }
  /** Breaks the connection after so many bytes of the answer's body. */
  | { readonly kind: 'CutResponse'; readonly bytes: number }
  /** Takes the request and never says anything again. */
  | { readonly kind: 'Hang' }
  /** Answers, and falls silent after so many bytes of the body, with the connection open. */
  | { readonly kind: 'HangResponse'; readonly bytes: number }
  /** Changes one byte of the request's body. */
  | { readonly kind: 'FlipByte' };

export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** S3's name of the operation. */
  readonly operation: string;
}

export interface FaultyProxy {
  readonly endpoint: string;
  /** Every request so far. */
  readonly seen: readonly SeenRequest[];
  /** Decides on each request from now on; forgets those seen. */
  readonly on: (decide: (request: SeenRequest, index: number) => Fault) => void;
  readonly stop: () => Promise<void>;
}

export const pass: Fault = { kind: 'Pass' };

/** `fault` for the first `times` requests of an operation, all others pass. */
export function first(times: number, operation: string, fault: Fault): (request: SeenRequest) => Fault {
  let left = times;
  return (request) => {
    if (request.operation !== operation || left === 0) return pass;
    left -= 1;
    return fault;
  };
}

/** An HTTP proxy in front of one server, which does to requests what real networks and stores do. */
export async function startFaultyProxy(target: { readonly port: number }): Promise<FaultyProxy> {
  const seen: SeenRequest[] = [];
  let decide: (request: SeenRequest, index: number) => Fault = () => pass;
  const server = createServer((request, response) => {
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      operation: operationOf(request.method ?? '', request.url ?? ''),
    };
    seen.push(one);
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    carry(target.port, request, response, decide(one, seen.length - 1));
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    on: (next) => {
      seen.length = 0;
      decide = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function operationOf(method: string, url: string): string {
  const { searchParams: query, pathname } = new URL(url, 'http://x');
  const inBucket = pathname.split('/').filter((part) => part !== '').length > 1;
  switch (method) {
    case 'PUT':
      return query.has('partNumber') ? 'UploadPart' : 'PutObject';
    case 'POST':
      return query.has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
    case 'DELETE':
      return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'HEAD':
      return inBucket ? 'HeadObject' : 'HeadBucket';
    default:
      if (query.has('uploads')) return 'ListMultipartUploads';
      if (query.has('uploadId')) return 'ListParts';
      return inBucket ? 'GetObject' : 'ListObjectsV2';
  }
}

function carry(port: number, request: IncomingMessage, response: ServerResponse, fault: Fault): void {
  if (fault.kind === 'Answer') {
    request.resume();
    request.on('end', () => {
      response.writeHead(fault.status, { 'content-type': 'application/xml', ...fault.headers });
      response.end(fault.body ?? '');
    });
    return;
  }
  if (fault.kind === 'Hang') {
    request.resume();
    return;
  }
  const { method, url: path, headers } = request;
  const onward = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (answer) => {
    if (fault.kind === 'LoseResponse') {
      answer.resume();
      answer.on('end', () => request.socket.destroy());
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    sendBack(answer, response, fault);
  });
  onward.on('error', () => request.socket.destroy());
  forward(request, onward, fault);
}

function forward(request: IncomingMessage, onward: ReturnType<typeof httpRequest>, fault: Fault): void {
  if (fault.kind !== 'CutRequest' && fault.kind !== 'FlipByte') {
    request.pipe(onward);
    return;
  }
  let passed = 0;
  request.on('data', (chunk: Buffer) => {
    if (fault.kind === 'FlipByte') {
      const copy = Buffer.from(chunk);
      if (passed === 0) copy[0] = (copy[0] ?? 0) ^ 1;
      passed += chunk.length;
      onward.write(copy);
      return;
    }
    onward.write(chunk.subarray(0, Math.max(0, fault.bytes - passed)));
    passed += chunk.length;
    if (passed < fault.bytes) return;
    onward.destroy();
    request.socket.destroy();
  });
  request.on('end', () => onward.end());
}

function sendBack(answer: IncomingMessage, response: ServerResponse, fault: Fault): void {
  if (fault.kind !== 'CutResponse' && fault.kind !== 'HangResponse') {
    answer.pipe(response);
    return;
  }
  let passed = 0;
  answer.on('error', () => undefined);
  answer.on('data', (chunk: Buffer) => {
    const rest = fault.bytes - passed;
    passed += chunk.length;
    if (rest > 0) response.write(chunk.subarray(0, rest));
    if (passed < fault.bytes) return;
    answer.pause();
    if (fault.kind === 'CutResponse') response.socket?.destroy();
    answer.destroy();
  });
}
