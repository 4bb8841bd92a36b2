import { basename } from 'node:path';

export interface ProcessErrorFields {
  /** File name of the program, without its folder. */
  readonly program: string;
  /** Absent when the program could not be started or ended by a signal. */
  readonly exitCode?: number;
  readonly signal?: string;
  /** Why it ended, where that was our doing or it never ran. */
  readonly ending: 'Exited' | 'TimedOut' | 'Aborted' | 'NotStarted';
  /** The last bytes that it wrote to stderr. */
  readonly stderrTail: string;
}

/**
 * A program that did not end with 0. Holds neither its arguments nor its environment: both may name secrets. What
 * the program itself wrote is in `stderrTail`, and its last line in the message.
 */
export class ProcessError extends Error implements ProcessErrorFields {
  override readonly name = 'ProcessError';
  readonly program: string;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly ending: ProcessErrorFields['ending'];
  readonly stderrTail: string;

  constructor(fields: ProcessErrorFields) {
    super(describe(fields));
    this.program = basename(fields.program);
    this.ending = fields.ending;
    this.stderrTail = fields.stderrTail;
    if (fields.exitCode !== undefined) this.exitCode = fields.exitCode;
    if (fields.signal !== undefined) this.signal = fields.signal;
  }
}

function describe(fields: ProcessErrorFields): string {
  const words = fields.stderrTail.trim().split('\n').at(-1) ?? '';
  const what = `${basename(fields.program)} ${howItEnded(fields)}`;
  return words === '' ? what : `${what}: ${words}`;
}

function howItEnded({ ending, exitCode, signal }: ProcessErrorFields): string {
  switch (ending) {
    case 'NotStarted':
      return 'could not be started';
    case 'TimedOut':
      return 'took too long and was stopped';
    case 'Aborted':
      return 'was stopped';
    case 'Exited':
      return signal === undefined ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
  }
}
