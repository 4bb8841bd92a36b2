import type { Clock } from '../base/clock.ts';
import type { Scrubber } from '../base/redact.ts';
import type { ConnectionSource } from '../kube/connection.ts';

/** A stream for people, or for a program behind a pipe. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What the process gives a command. */
export interface Surroundings {
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Results. Everything else goes to `stderr`. */
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly clock: Clock;
  /** Every secret that is read is added to it; every output goes through it. */
  readonly scrubber: Scrubber;
  /** Aborts when the person or the system asks to stop. */
  readonly signal: AbortSignal;
  /** A cluster, by kubeconfig as kubectl finds it. `context`: absent, the current one. */
  readonly cluster: (kubeconfig?: string, context?: string) => ConnectionSource;
}
