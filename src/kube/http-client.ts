import type { KubeObject, ObjectKey, ResourceType } from '../base/resource.ts';
import type { CallOptions, KubeClient, ListPage } from './client.ts';
import { ApiError, isConflict, isInvalid, isNotFound } from './errors.ts';
import { collectionPath, objectPath, withQuery } from './resource-path.ts';
import type { ApiRequest, Transport } from './transport.ts';

interface ListBody<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

type Call = <T>(request: Omit<ApiRequest, 'lane'>, options: CallOptions | undefined) => Promise<T>;
type Writes = Pick<KubeClient, 'create' | 'apply' | 'mergePatch' | 'replace'>;

/** The calls of KubeClient over `transport`. */
export function createKubeClient(transport: Transport): KubeClient {
  async function call<T>(request: Omit<ApiRequest, 'lane'>, options: CallOptions | undefined): Promise<T> {
    const { lane = 'shared', signal, timeoutMilliseconds } = options ?? {};
    return (await transport.send({ ...request, lane }, { signal, timeoutMilliseconds })) as T;
  }
  async function get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options?: CallOptions,
  ): Promise<T | undefined> {
    try {
      return await call<T>({ method: 'GET', path: objectPath(type, key), replayable: true }, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
  return {
    get,
    async list<T extends KubeObject>(
      type: ResourceType<T>,
      query: Parameters<KubeClient['list']>[1],
      options?: CallOptions,
    ): Promise<ListPage<T>> {
      const path = withQuery(collectionPath(type, query.namespace), {
        labelSelector: query.labelSelector,
        limit: query.limit,
        continue: query.continueToken,
        resourceVersion: query.resourceVersion,
      });
      return pageOf(type, await call<ListBody<T>>({ method: 'GET', path, replayable: true }, options));
    },
    ...writes(call),
    async delete(type, key, preconditions, propagationPolicy, options) {
      const body = json({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy });
      try {
        await call({ method: 'DELETE', path: objectPath(type, key), replayable: true, body }, options);
        return 'deleted';
      } catch (error) {
        if (isNotFound(error)) return 'absent';
        if (!isConflict(error)) throw error;
        // Another object of that name is no business of the caller: the one with its UID is gone.
        const present = await get(type, key, options);
        if (present?.metadata.uid !== preconditions.uid) return 'absent';
        throw error;
      }
    },
  };
}

/** The calls that send an object or a part of one. */
function writes(call: Call): Writes {
  return {
    create<T extends KubeObject>(type: ResourceType<T>, object: T, options?: CallOptions): Promise<T> {
      const path = collectionPath(type, object.metadata.namespace);
      // With a given name a second POST of an applied first one answers AlreadyExists: no second object can come.
      const replayable = object.metadata.name !== undefined && object.metadata.name !== '';
      return call<T>({ method: 'POST', path, replayable, body: json(object) }, options);
    },
    apply<T extends KubeObject>(
      type: ResourceType<T>,
      object: KubeObject,
      query: { fieldManager: string; force: boolean },
      options?: CallOptions,
    ): Promise<T> {
      const path = withQuery(objectPath(type, keyOf(object)), { ...query });
      const body = { contentType: 'application/apply-patch+yaml', value: object };
      return onlyThatUid(call<T>({ method: 'PATCH', path, replayable: true, body }, options));
    },
    mergePatch<T extends KubeObject>(
      type: ResourceType<T>,
      key: ObjectKey,
      patch: object,
      query?: { subresource?: 'status'; fieldManager?: string },
      options?: CallOptions,
    ): Promise<T> {
      const path = withQuery(objectPath(type, key, query?.subresource), {
        fieldManager: query?.fieldManager,
      });
      const body = { contentType: 'application/merge-patch+json', value: patch };
      return onlyThatUid(
        call<T>({ method: 'PATCH', path, replayable: hasResourceVersion(patch), body }, options),
      );
    },
    replace<T extends KubeObject>(
      type: ResourceType<T>,
      object: T,
      query?: { subresource?: 'status' },
      options?: CallOptions,
    ): Promise<T> {
      const path = objectPath(type, keyOf(object), query?.subresource);
      return call<T>(
        { method: 'PUT', path, replayable: hasResourceVersion(object), body: json(object) },
        options,
      );
    },
  };
}

/**
 * A patch that names another UID than the object's is refused as an attempt to change the UID (422). What it means is
 * the same as for PUT and DELETE: another object has that name now.
 */
async function onlyThatUid<T>(patch: Promise<T>): Promise<T> {
  try {
    return await patch;
  } catch (error) {
    const isUid =
      error instanceof ApiError &&
      isInvalid(error) &&
      error.causes.some(({ field }) => field === 'metadata.uid');
    if (!isUid) throw error;
    throw new ApiError(error.message, { status: 409, reason: 'Conflict', causes: error.causes });
  }
}

function json(value: object): { contentType: string; value: object } {
  return { contentType: 'application/json', value };
}

function keyOf(object: KubeObject): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

function hasResourceVersion(value: object): boolean {
  const { metadata } = value as { metadata?: { resourceVersion?: unknown } };
  return typeof metadata?.resourceVersion === 'string' && metadata.resourceVersion !== '';
}

/** Items of a list carry no kind of their own on the wire. */
export function pageOf<T extends KubeObject>(type: ResourceType<T>, body: ListBody<T>): ListPage<T> {
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
  const items = (body.items ?? []).map((item) => ({ ...item, apiVersion, kind: type.kind }));
  const continueToken = body.metadata?.continue;
  return {
    items,
    resourceVersion: body.metadata?.resourceVersion ?? '',
    ...(continueToken === undefined || continueToken === '' ? {} : { continueToken }),
  };
}
