import { median } from './measure.ts';

export interface Sample {
  readonly seconds: number;
  /** Processor seconds of all that took part. */
  readonly processor: number;
}

export interface Racer {
  readonly name: string;
  /** One round: the first entry is the whole, the others are its parts. Keys follow the name in the table. */
  readonly once: () => Promise<ReadonlyMap<string, Sample>>;
}

/** Takes turns, so that a change of the machine's speed meets all alike; prints a table with ratios to the first. */
export async function race(racers: readonly Racer[], rounds: number): Promise<void> {
  const samples = new Map<string, Sample[]>();
  for (let round = -1; round < rounds; round += 1) {
    for (const { name, once } of racers)
      for (const [part, sample] of await once())
        if (round >= 0) samples.set(`${name}${part}`, [...(samples.get(`${name}${part}`) ?? []), sample]);
    console.log(round < 0 ? 'warm-up done' : `round ${round + 1} of ${rounds} done`);
  }
  const [first = []] = samples.values();
  console.log('\n| | seconds, median (min-max) | ratio, median of pairs | processor seconds, median |');
  console.log('|---|---|---|---|');
  for (const [name, own] of samples) {
    const seconds = own.map((sample) => sample.seconds);
    const ratio = median(seconds.map((value, round) => value / (first[round]?.seconds ?? Number.NaN)));
    const range = `${median(seconds).toFixed(2)} (${Math.min(...seconds).toFixed(2)}-${Math.max(...seconds).toFixed(2)})`;
    const processor = median(own.map((sample) => sample.processor));
    console.log(`| ${name} | ${range} | ${ratio.toFixed(2)} | ${processor.toFixed(2)} |`);
  }
}
