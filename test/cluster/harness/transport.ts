import { systemClock } from '../../../src/base/clock.ts';
import type { ConnectionSource } from '../../../src/kube/connection.ts';
import type { Transport, TransportOptions } from '../../../src/kube/transport.ts';
import { createTransport } from '../../../src/kube/transport.ts';

/** The product's own way to an API server, as a test goes it. */
export function testTransport(
  source: ConnectionSource,
  options: Pick<TransportOptions, 'rateLimit'> = {},
): Transport {
  return createTransport({
    source,
    clock: systemClock,
    random: Math.random,
    userAgent: 'pgcairn-test',
    ...options,
  });
}
