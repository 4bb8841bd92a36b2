import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Sample {
  readonly seconds: number;
  /** Largest resident set of the first process, MiB; 0 where it was over too soon to be seen. */
  readonly memory: number;
}

export interface Contestant {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Bytes that the last round left behind. */
  readonly size: () => number;
  /** Before each round, not counted. */
  readonly prepare?: () => void;
}

/** Runs a command to its end and fails with its output when it fails. */
export async function time(contestant: Contestant): Promise<Sample> {
  contestant.prepare?.();
  const [program, ...args] = contestant.command;
  const start = performance.now();
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'], ...contestant.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-4000)));
  child.stderr.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-4000)));
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, peakMemory(child.pid));
  }, 50);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('close', resolve);
    child.on('error', reject);
  });
  clearInterval(watch);
  if (code !== 0) throw new Error(`${contestant.name} ended with ${code}: ${output}`);
  return { seconds: (performance.now() - start) / 1000, memory };
}

function peakMemory(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Takes turns, so that a change of the machine's speed meets all alike; prints a table with ratios to the first. */
export async function compare(contestants: readonly Contestant[], rounds: number): Promise<void> {
  const samples = contestants.map((): Sample[] => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      const sample = await time(contestant);
      if (round >= 0) samples[index]?.push(sample);
    }
    console.log(round < 0 ? 'warm-up done' : `round ${round + 1} of ${rounds} done`);
  }
  const first = samples[0] ?? [];
  console.log(
    '\n| | seconds, median (min-max) | ratio, median of pairs | MB stored | peak MiB of the process |',
  );
  console.log('|---|---|---|---|---|');
  for (const [index, contestant] of contestants.entries()) {
    const own = samples[index] ?? [];
    const seconds = own.map((sample) => sample.seconds);
    const ratio = median(seconds.map((value, round) => value / (first[round]?.seconds ?? Number.NaN)));
    const range = `${median(seconds).toFixed(2)} (${Math.min(...seconds).toFixed(2)}-${Math.max(...seconds).toFixed(2)})`;
    const memory = Math.round(Math.max(...own.map((sample) => sample.memory)));
    console.log(
      `| ${contestant.name} | ${range} | ${ratio.toFixed(2)} | ${(contestant.size() / 1e6).toFixed(0)} | ${memory} |`,
    );
  }
}
