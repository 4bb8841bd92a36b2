/** What a store said to a request that failed, or what became of the request. */
export interface S3Answer {
  /** `NoSuchBucket`, `AccessDenied`, …; the class of a local error where the store said nothing. */
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  /** The region of the bucket, where the store names it. */
  readonly region: string | undefined;
  /** The store's clock. */
  readonly date: Date | undefined;
}

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>>; readonly statusCode?: number };
  readonly Region?: unknown;
}

/** Reads an error of the SDK. */
export function answerOf(error: unknown): S3Answer {
  if (!(error instanceof Error))
    return { code: 'Unknown', status: undefined, message: String(error), region: undefined, date: undefined };
  const { $metadata, $response, Region, name, message } = error as SdkError;
  const headers = $response?.headers ?? {};
  return {
    code: name,
    status: $metadata?.httpStatusCode ?? $response?.statusCode,
    message,
    region: headers['x-amz-bucket-region'] ?? (typeof Region === 'string' ? Region : regionIn(message)),
    date: dateOf(headers['date']),
  };
}

function regionIn(message: string): string | undefined {
  return /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
}

function dateOf(header: string | undefined): Date | undefined {
  const date = new Date(header ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}
