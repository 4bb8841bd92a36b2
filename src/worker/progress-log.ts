import type { Logger } from '../base/logger.ts';
import type { Meter } from '../stream/meter.ts';

const intervalMilliseconds = 10_000;

/** Logs a line every ten seconds until the returned function is called. `now`: milliseconds that never go back. */
export function logProgress(meter: Meter, logger: Logger, now: () => number): () => void {
  let last = { step: '', bytes: 0, at: now() };
  const timer = setInterval(() => {
    const { step, bytes, objects } = meter.read();
    const at = now();
    const from = last.step === step ? last.bytes : 0;
    const megabytesPerSecond = Math.round((bytes - from) / 1000 / Math.max(1, at - last.at));
    logger.info({ step, bytes, objects, megabytesPerSecond }, 'in progress');
    last = { step, bytes, at };
  }, intervalMilliseconds);
  timer.unref();
  return () => clearInterval(timer);
}
