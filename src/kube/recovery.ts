import { backoffMilliseconds } from '../base/backoff.ts';
import type { BackoffPolicy, Random } from '../base/backoff.ts';
import { isBadRequest, isGone, isInvalid, isResourceVersionTooLarge, retryAfterSecondsOf } from './errors.ts';
import { RevisionRegression } from './reflector-session.ts';
import { GarbledStreamError } from './watch-event.ts';
import { InactivityError } from './watchdog.ts';

const backoff: BackoffPolicy = { firstMilliseconds: 800, capMilliseconds: 20_000, factor: 2, jitter: 0.5 };
/** A connection that lived so long was sound: the next failure is a new one. */
const soundMilliseconds = 30_000;
/** A clean end before that, without an event, is no end but a refusal. */
const shortLifeMilliseconds = 1_000;
/** After so many lists of an older state it is the truth: the server's storage was restored. */
const regressionsToBelieve = 3;
/** After so many broken answers from one place, that place is given up. */
const garbledToRelist = 3;

/** How one connection of a reflector ended. */
export interface ConnectionEnd {
  /** Absent: the server ended it in good order. */
  readonly error?: unknown;
  readonly livedMilliseconds: number;
  /** The position moved meanwhile. */
  readonly progressed: boolean;
}

/** Where a reflector goes on after its connection ended, and when. */
export interface Recovery {
  /** resourceVersion to watch from; undefined asks for a whole list. */
  readonly position: string | undefined;
  readonly believesRegression: boolean;
  moved(resourceVersion: string): void;
  listed(): void;
  /** Milliseconds to wait before the next connection. */
  ended(end: ConnectionEnd): number;
}

export function createRecovery(random: Random): Recovery {
  let position: string | undefined;
  /** In a row, without a sound connection between them. */
  let failures = 0;
  let regressions = 0;
  let garbled = 0;

  function judge(error: unknown): void {
    if (error instanceof GarbledStreamError) garbled += 1;
    if (error instanceof RevisionRegression) regressions += 1;
    const lost =
      isGone(error) ||
      isResourceVersionTooLarge(error) ||
      error instanceof RevisionRegression ||
      garbled >= garbledToRelist;
    if (lost) position = undefined;
  }
  return {
    get position() {
      return position;
    },
    get believesRegression() {
      return regressions >= regressionsToBelieve;
    },
    moved(resourceVersion) {
      position = resourceVersion;
      garbled = 0;
    },
    listed() {
      regressions = 0;
    },
    ended({ error, livedMilliseconds, progressed }) {
      if (livedMilliseconds >= soundMilliseconds) failures = 0;
      const inGoodOrder = error === undefined && (progressed || livedMilliseconds >= shortLifeMilliseconds);
      if (inGoodOrder) return 0;
      judge(error);
      failures += 1;
      // The first failure after a sound time costs no wait: most are a server that restarts or a cut connection.
      const own = failures === 1 ? 0 : backoffMilliseconds(backoff, failures - 1, random);
      return Math.max(own, (retryAfterSecondsOf(error) ?? 0) * 1000);
    },
  };
}

/** Older servers refuse the parameters of a streamed list, or ignore them and never send its end. */
export function isStreamedListRefusal(error: unknown): boolean {
  return isInvalid(error) || isBadRequest(error) || error instanceof InactivityError;
}
