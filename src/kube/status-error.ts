import { ApiError } from './errors.ts';
import type { StatusObject } from './errors.ts';

export function isStatusObject(value: unknown): value is StatusObject {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Status';
}

/** The error for an answer of `status` with `body` (a Status object as JSON, or anything a proxy may say). */
export function errorFromResponse(
  call: string,
  response: { status: number; body: string; retryAfter?: string | undefined },
): ApiError {
  const parsed = parseStatus(response.body);
  const said = parsed?.message ?? response.body.slice(0, 300).trim();
  return new ApiError(`${call}: HTTP ${response.status}: ${said === '' ? 'no message' : said}`, {
    status: response.status,
    reason: parsed?.reason,
    causes: parsed?.details?.causes,
    retryAfterSeconds: retryAfterSeconds(response.retryAfter) ?? parsed?.details?.retryAfterSeconds,
  });
}

/** The error for an ERROR event inside a watch. */
export function errorFromStatus(call: string, status: StatusObject): ApiError {
  return new ApiError(`${call}: ${status.message ?? status.reason ?? 'no message'}`, {
    status: status.code ?? 500,
    reason: status.reason,
    causes: status.details?.causes,
    retryAfterSeconds: status.details?.retryAfterSeconds,
  });
}

function parseStatus(body: string): StatusObject | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isStatusObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Only the form in seconds: the API server never sends a date, and a date would need a trusted clock. */
function retryAfterSeconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
