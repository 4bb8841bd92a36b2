import { compareResourceVersions } from './resource-version.ts';

/** Lets those through who wait for a resourceVersion that has been reached. */
export interface RevisionGate {
  readonly reached: string | undefined;
  has(resourceVersion: string): boolean;
  /** May go back: the server's storage was restored from a backup. */
  set(resourceVersion: string): void;
  /** Resolves when `resourceVersion` is reached ('' for any); rejects with the signal's reason. */
  wait(resourceVersion: string, signal: AbortSignal): Promise<void>;
}

export function createRevisionGate(): RevisionGate {
  interface Waiter {
    readonly resourceVersion: string;
    readonly open: () => void;
  }
  let reached: string | undefined;
  const waiters = new Set<Waiter>();

  function has(resourceVersion: string): boolean {
    return reached !== undefined && compareResourceVersions(reached, resourceVersion) >= 0;
  }
  return {
    get reached() {
      return reached;
    },
    has,
    set(resourceVersion) {
      reached = resourceVersion;
      for (const waiter of waiters) if (has(waiter.resourceVersion)) waiter.open();
    },
    wait(resourceVersion, signal) {
      signal.throwIfAborted();
      if (has(resourceVersion)) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const waiter: Waiter = { resourceVersion, open };
        function leave(): void {
          waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
        }
        function open(): void {
          leave();
          resolve();
        }
        function onAbort(): void {
          leave();
          reject(signal.reason as Error);
        }
        waiters.add(waiter);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
