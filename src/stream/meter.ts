/** Where a long work stands: one per run, written by the step in hand, read by the log and by `GET /progress`. */
export interface Meter {
  /** Begins a step; its bytes count from 0. */
  begin(step: string): void;
  add(bytes: number): void;
  /** One more object lies finished in the store. */
  finishObject(): void;
  read(): MeterReading;
}

export interface MeterReading {
  readonly step: string;
  /** Of this step. */
  readonly bytes: number;
  /** Of the whole run. */
  readonly objects: number;
  readonly stepStart: number;
}

/** `now` gives milliseconds that never go back. */
export function createMeter(now: () => number): Meter {
  let step = 'starting';
  let bytes = 0;
  let objects = 0;
  let stepStart = now();
  return {
    begin(name) {
      step = name;
      bytes = 0;
      stepStart = now();
    },
    add(count) {
      bytes += count;
    },
    finishObject() {
      objects += 1;
    },
    read: () => ({ step, bytes, objects, stepStart }),
  };
}
