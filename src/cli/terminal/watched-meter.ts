import type { Meter, MeterReading } from '../../stream/meter.ts';

/** A meter that also tells when a step ends: with its last reading, before the next begins. */
export interface WatchedMeter extends Meter {
  /** Ends the step in hand, if one was begun. */
  end(): void;
}

export function watchedMeter(meter: Meter, onStepEnd: (ended: MeterReading) => void): WatchedMeter {
  let begun = false;
  const end = (): void => {
    if (begun) onStepEnd(meter.read());
    begun = false;
  };
  return {
    end,
    begin(step) {
      end();
      begun = true;
      meter.begin(step);
    },
    add: (bytes) => meter.add(bytes),
    finishObject: () => meter.finishObject(),
    read: () => meter.read(),
  };
}
