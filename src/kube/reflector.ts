import type { KubeObject } from '../base/resource.ts';
import { createListAndWatch } from './list-and-watch.ts';
import type { ConnectionState, ReflectorCounters, ReflectorOptions } from './list-and-watch.ts';
import { createRecovery } from './recovery.ts';
import { RevisionRegression } from './reflector-session.ts';
import { GarbledStreamError } from './watch-event.ts';
import { InactivityError } from './watchdog.ts';

export type { ReflectorCounters, ReflectorOptions } from './list-and-watch.ts';

/** Keeps one cache equal to the server's collection until its signal aborts; no failure ends it before. */
export interface Reflector {
  run(signal: AbortSignal): Promise<void>;
  /** Milliseconds since the server last said anything; infinite before the first word. For readiness. */
  contactAgeMilliseconds(): number;
  readonly counters: ReflectorCounters;
}

export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector {
  const { clock } = options;
  const logger = options.logger.child({ resource: options.type.plural });
  const counters: ConnectionState['counters'] = noCounters();
  const recovery = createRecovery(options.random);
  let lastContact = Number.NEGATIVE_INFINITY;
  const contact = (): void => {
    lastContact = clock.monotonic();
  };
  const listAndWatch = createListAndWatch({ ...options, logger }, { recovery, counters, contact });

  function count(error: unknown): void {
    counters.failures += 1;
    if (error instanceof InactivityError) counters.silences += 1;
    if (error instanceof GarbledStreamError) counters.garbled += 1;
    if (error instanceof RevisionRegression) counters.regressions += 1;
  }
  async function cycle(signal: AbortSignal): Promise<void> {
    const began = clock.monotonic();
    const { position } = recovery;
    const error = await listAndWatch(signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (signal.aborted) return;
    if (error !== undefined) {
      count(error);
      const fields = { error, position: recovery.position };
      if (error instanceof InactivityError) logger.info(fields, 'watch was silent: trying a new one');
      else logger.warn(fields, 'watch interrupted');
    }
    const progressed = recovery.position !== position;
    const wait = recovery.ended({ error, livedMilliseconds: clock.monotonic() - began, progressed });
    if (wait > 0) await clock.sleep(wait, signal).catch(() => undefined);
  }
  return {
    counters,
    contactAgeMilliseconds: () => clock.monotonic() - lastContact,
    async run(signal) {
      while (!signal.aborted) await cycle(signal);
    },
  };
}

function noCounters(): ConnectionState['counters'] {
  return { lists: 0, watches: 0, failures: 0, silences: 0, garbled: 0, duplicates: 0, regressions: 0 };
}
