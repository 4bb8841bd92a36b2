import { readFileSync, readdirSync } from 'node:fs';

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Of itself and of the children that have ended, in seconds. */
  readonly seconds: number;
}

const ticksPerSecond = 100;

/** Processor seconds that a process and everything that it started have taken, also what has ended since. Linux alone. */
export function processorTime(root: number): number {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(readProcess);
  const children = Map.groupBy(all, ({ parent }) => parent);
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((total, child) => total + child.seconds + sum(child.pid), 0);
  return (all.find(({ pid }) => pid === root)?.seconds ?? 0) + sum(root);
}

function readProcess(pid: string): Process[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind the name, which may hold anything.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const ticks = fields.slice(11, 15).reduce((total, some) => total + some, 0);
    return [{ pid: Number(pid), parent, seconds: ticks / ticksPerSecond }];
  } catch {
    return [];
  }
}
