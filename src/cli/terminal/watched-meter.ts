import type { Meter, MeterReading } from '../../stream/meter.ts';

/** The same meter, which also tells when a step ends: with its last reading, before the next begins. */
export function watchedMeter(meter: Meter, onStepEnd: (ended: MeterReading) => void): Meter {
  let begun = false;
  return {
    begin(step) {
      if (begun) onStepEnd(meter.read());
      begun = true;
      meter.begin(step);
    },
    add: (bytes) => meter.add(bytes),
    finishObject: () => meter.finishObject(),
    read: () => meter.read(),
  };
}
