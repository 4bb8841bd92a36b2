import type { FailureReason } from '../api/v1alpha1/failure-reasons.ts';
import { failureReasons } from '../api/v1alpha1/failure-reasons.ts';

/**
 * A failure that a person can act on. `message` says what happened, to what, and what to do; it holds no
 * secret. Whether another try can help is a property of the reason (see `failureReasons`).
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly reason: FailureReason;
  constructor(reason: FailureReason, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.reason = reason;
  }
  /** True when the same run may succeed on another try without anybody changing anything. */
  get retriable(): boolean {
    return failureReasons[this.reason].retry;
  }
}
