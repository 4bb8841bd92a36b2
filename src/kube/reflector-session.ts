import type { KubeObject } from '../base/resource.ts';
import type { ObjectCache } from './cache.ts';
import { ApiError } from './errors.ts';
import { keyText } from './object-table.ts';
import { compareResourceVersions } from './resource-version.ts';
import { errorFromStatus } from './status-error.ts';
import type { WatchEvent } from './watch-event.ts';

/** The server showed an older state than it did before: a stale replica, or a restored storage. */
export class RevisionRegression extends Error {
  override readonly name = 'RevisionRegression';
}

/** What one list or one watch does to the cache. */
export interface Session {
  /** Takes one event. Throws RevisionRegression, or ApiError for an ERROR event. */
  take(event: WatchEvent): void;
  /** Adds an object of a list that is still being read. */
  stage(raw: KubeObject): void;
  /** The list is whole: puts it into the cache. */
  finishList(resourceVersion: string): void;
  readonly listed: boolean;
}

export interface SessionOptions {
  readonly startsWith: 'initial events' | 'changes';
  /** The older state has been seen often enough. */
  readonly believeRegression: boolean;
  readonly onPosition: (resourceVersion: string) => void;
  readonly onListed: () => void;
  readonly onDuplicate: () => void;
}

export function createSession<T extends KubeObject>(cache: ObjectCache<T>, options: SessionOptions): Session {
  const { writer } = cache;
  const staged = new Map<string, T>();
  let listed = options.startsWith === 'changes';

  function stage(raw: KubeObject): void {
    const { name, namespace = '' } = raw.metadata;
    const object = writer.project(raw) ?? cache.get({ namespace, name });
    if (object !== undefined) staged.set(keyText(raw), object);
  }
  function finishList(resourceVersion: string): void {
    if (isOlder(resourceVersion) && !options.believeRegression) throw regression(resourceVersion);
    writer.replace(staged.values(), resourceVersion);
    staged.clear();
    listed = true;
    options.onListed();
    options.onPosition(resourceVersion);
  }
  function isOlder(resourceVersion: string): boolean {
    return (
      cache.resourceVersion !== undefined &&
      compareResourceVersions(resourceVersion, cache.resourceVersion) < 0
    );
  }
  function regression(resourceVersion: string): RevisionRegression {
    return new RevisionRegression(
      `the server went back from resourceVersion ${cache.resourceVersion} to ${resourceVersion}`,
    );
  }
  function takeInitial(event: Exclude<WatchEvent, { type: 'ERROR' }>): void {
    if (event.type === 'BOOKMARK') {
      if (event.endsInitialEvents) finishList(event.revision);
    } else if (event.type === 'DELETED') staged.delete(keyText(event.object));
    else stage(event.object);
  }
  function takeChange(event: Exclude<WatchEvent, { type: 'ERROR' }>): void {
    if (isOlder(event.revision)) throw regression(event.revision);
    if (event.type === 'BOOKMARK') writer.advance(event.revision);
    else if (event.revision === cache.resourceVersion) options.onDuplicate();
    else applyChange(event);
    options.onPosition(event.revision);
  }
  function applyChange(event: Extract<WatchEvent, { object: KubeObject }>): void {
    const { name, namespace = '' } = event.object.metadata;
    if (event.type === 'DELETED') {
      writer.remove({ namespace, name }, event.revision);
      return;
    }
    const object = writer.project(event.object);
    if (object === undefined) writer.advance(event.revision);
    else writer.upsert(object, event.revision);
  }
  return {
    get listed() {
      return listed;
    },
    stage,
    finishList,
    take(event) {
      if (event.type === 'ERROR') throw watchError(errorFromStatus('watch', event.status));
      if (listed) takeChange(event);
      else takeInitial(event);
    },
  };
}

/** A watch that reports an internal error has lost its place: only a new list is sure. */
function watchError(error: ApiError): ApiError {
  if (error.status !== 500) return error;
  return new ApiError(error.message, { status: 410, reason: 'Expired', causes: error.causes });
}
