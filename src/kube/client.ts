import type { KubeObject, ObjectKey, ResourceType } from '../base/resource.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Whole call with its retries; default 30 s. */
  readonly timeoutMilliseconds?: number;
  /** `lease`: own sockets and rate limit, so that other traffic cannot delay the call; default `shared`. */
  readonly lane?: 'shared' | 'lease';
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continueToken?: string;
}

/**
 * Typed calls to one API server. Errors are `ApiError` (errors.ts) with status, reason and Retry-After; NotFound on
 * get is `undefined`; a kind that the server does not know is an error. Connections are pooled, tokens and the CA are read again as they rotate, every call has a deadline.
 */
export interface KubeClient {
  get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<T | undefined>;
  list<T extends KubeObject>(
    type: ResourceType<T>,
    query: {
      namespace?: string;
      labelSelector?: string;
      limit?: number;
      continueToken?: string;
      resourceVersion?: string;
    },
    options?: CallOptions,
  ): Promise<ListPage<T>>;
  /** POST; not repeated after an unclear outcome unless the name is deterministic (metadata.name set). */
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options?: CallOptions): Promise<T>;
  apply<T extends KubeObject>(
    type: ResourceType<T>,
    object: KubeObject,
    query: { fieldManager: string; force: boolean },
    options?: CallOptions,
  ): Promise<T>;
  /**
   * JSON merge patch; put uid and resourceVersion into `patch.metadata` for preconditions: another object of that name,
   * or a newer state of it, is a Conflict. Without a resourceVersion a lost answer is not sent again.
   */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: object,
    query?: { subresource?: 'status'; fieldManager?: string },
    options?: CallOptions,
  ): Promise<T>;
  /** PUT. After a lost answer it is sent again, and then conflicts with itself: read before judging a Conflict. */
  replace<T extends KubeObject>(
    type: ResourceType<T>,
    object: T,
    query?: { subresource?: 'status' },
    options?: CallOptions,
  ): Promise<T>;
  delete(
    type: ResourceType,
    key: ObjectKey,
    preconditions: { uid: string; resourceVersion?: string },
    propagationPolicy: 'Background' | 'Foreground' | 'Orphan',
    options?: CallOptions,
  ): Promise<'deleted' | 'absent'>;
}
