import type { KubeObject } from '../base/resource.ts';
import type { StatusObject } from './errors.ts';

export type WatchEvent =
  | {
      readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
      readonly object: KubeObject;
      readonly revision: string;
    }
  | { readonly type: 'BOOKMARK'; readonly revision: string; readonly endsInitialEvents: boolean }
  | { readonly type: 'ERROR'; readonly status: StatusObject };

/** A line of a watch that is no event: cut, mixed up, or not from an API server. */
export class GarbledStreamError extends Error {
  override readonly name = 'GarbledStreamError';
}

export function parseWatchEvent(line: string): WatchEvent {
  const parsed = parseLine(line);
  if (parsed.type === 'ERROR') return { type: 'ERROR', status: parsed.object as StatusObject };
  const object = parsed.object as KubeObject;
  const { resourceVersion, name, annotations } = object.metadata ?? {};
  if (typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw new GarbledStreamError('a watch event has no resourceVersion');
  }
  switch (parsed.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (typeof name !== 'string') throw new GarbledStreamError('a watch event has no object name');
      return { type: parsed.type, object, revision: resourceVersion };
    case 'BOOKMARK': {
      const endsInitialEvents = annotations?.['k8s.io/initial-events-end'] === 'true';
      return { type: 'BOOKMARK', revision: resourceVersion, endsInitialEvents };
    }
    default:
      throw new GarbledStreamError('a watch event is of no known type');
  }
}

function parseLine(line: string): { type: unknown; object: object } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new GarbledStreamError(`a line of a watch is not JSON (${line.length} characters)`, { cause });
  }
  const { type, object } = (value ?? {}) as { type?: unknown; object?: unknown };
  if (typeof object !== 'object' || object === null) {
    throw new GarbledStreamError('a line of a watch has no object');
  }
  return { type, object };
}
