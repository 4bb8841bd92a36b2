/** An answer that is not a success, thrown by the parts below the HTTP layer. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: object;
  constructor(code: number, reason: string, message: string, details: object = {}) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
  toObject(): object {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      details: this.details,
      code: this.code,
    };
  }
}

export function notFound(what: string, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${what} "${name}" not found`);
}

export function conflict(what: string, name: string, why: string): StatusError {
  return new StatusError(409, 'Conflict', `Operation cannot be fulfilled on ${what} "${name}": ${why}`);
}

export function invalid(what: string, name: string, field: string, why: string): StatusError {
  return new StatusError(422, 'Invalid', `${what} "${name}" is invalid: ${field}: ${why}`, {
    causes: [{ reason: 'FieldValueInvalid', message: why, field }],
  });
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}
