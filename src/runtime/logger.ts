import { pino } from 'pino';
import type { DestinationStream } from 'pino';
import type { Logger } from '../base/logger.ts';
import type { Scrubber } from '../base/redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly scrubber: Scrubber;
  /** Where the lines go; default standard output, written at once. */
  readonly destination?: DestinationStream;
}

/**
 * JSON lines: `level`, `time` (RFC 3339), `msg`, and the fields; errors under `err`. Secrets are replaced on the finished
 * line, by value: a redaction by path misses messages, stacks, and copies inside nested errors.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { level, scrubber } = options;
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  const scrubbed = {
    write(line: string): void {
      destination.write(scrubber.scrub(line));
    },
  };
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    scrubbed,
  );
}
