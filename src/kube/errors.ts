/** One entry of a Status object's `details.causes`. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** The parts of a `v1 Status` that pgcairn reads. */
export interface StatusObject {
  readonly kind: 'Status';
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly uid?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly StatusCause[];
  };
}

/** An answer of the API server that is not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code. */
  readonly status: number;
  /** Machine-readable reason of the Status object (`AlreadyExists`, `Conflict`, …), '' when there was none. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  /** How long the server asked to wait, in seconds. */
  readonly retryAfterSeconds?: number;

  constructor(
    message: string,
    facts: {
      status: number;
      reason?: string | undefined;
      causes?: readonly StatusCause[] | undefined;
      retryAfterSeconds?: number | undefined;
    },
  ) {
    super(message);
    this.status = facts.status;
    this.reason = facts.reason ?? '';
    this.causes = facts.causes ?? [];
    if (facts.retryAfterSeconds !== undefined) this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/**
 * No (whole) answer came. `outcome` says what that means for a write: `notSent` means that the server cannot have
 * seen it, `unknown` that it may or may not have been applied.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** `ECONNREFUSED`, `ECONNRESET`, `UND_ERR_SOCKET`, …; `DEADLINE` when the call's time was over. */
  readonly code: string;
  readonly outcome: 'notSent' | 'unknown';

  constructor(message: string, facts: { code: string; outcome: 'notSent' | 'unknown'; cause?: unknown }) {
    super(message, { cause: facts.cause });
    this.code = facts.code;
    this.outcome = facts.outcome;
  }
}

function hasStatus(error: unknown, status: number, reason?: string): boolean {
  return (
    error instanceof ApiError && error.status === status && (reason === undefined || error.reason === reason)
  );
}

/** The object is absent. A kind that the server does not know is another 404, without a reason: no absence. */
export function isNotFound(error: unknown): boolean {
  return hasStatus(error, 404, 'NotFound');
}

/** The object changed, or is another one of that name, since it was read. */
export function isConflict(error: unknown): boolean {
  return hasStatus(error, 409) && !isAlreadyExists(error);
}

export function isAlreadyExists(error: unknown): boolean {
  return hasStatus(error, 409, 'AlreadyExists');
}

/** The asked resourceVersion or continue token is too old to serve. */
export function isGone(error: unknown): boolean {
  return hasStatus(error, 410) || (error instanceof ApiError && error.reason === 'Expired');
}

/** The asked resourceVersion is newer than anything this server has seen. */
export function isResourceVersionTooLarge(error: unknown): boolean {
  return (
    error instanceof ApiError && error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge')
  );
}

/** Refused by schema, CEL rule, or because a field cannot change. */
export function isInvalid(error: unknown): boolean {
  return hasStatus(error, 422);
}

export function isBadRequest(error: unknown): boolean {
  return hasStatus(error, 400);
}

/** The account may not do this, or admission refused it. */
export function isForbidden(error: unknown): boolean {
  return hasStatus(error, 403);
}

export function isUnauthorized(error: unknown): boolean {
  return hasStatus(error, 401);
}

/** How long the server asked to wait, in seconds, when it did. */
export function retryAfterSecondsOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.retryAfterSeconds : undefined;
}
