import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultPromise } from 'execa';
import { execa } from 'execa';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureTools } from '../../scripts/tools/ensure-tools.ts';
import { gateFiles, gateScript } from '../../src/domain/application-gate.ts';

type Gate = Pick<ResultPromise, 'pid' | 'exitCode' | 'kill'> & PromiseLike<{ readonly exitCode?: number }>;

const url = 'postgresql:///shop?host=/run/pgcairn/socket&user=postgres';
let busybox: string;
let folder: string;
let running: Gate[] = [];

beforeAll(async () => {
  await ensureTools(['busybox']);
  busybox = (await execa('which', ['busybox'])).stdout;
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gate-'));
});
afterEach(async () => {
  for (const gate of running) {
    killGroup(gate.pid);
    await gate;
  }
  running = [];
  await rm(folder, { recursive: true, force: true });
});

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** The gate as a container runs it: nothing on PATH, nothing in the environment. */
function start(...command: string[]): Gate {
  return startWith(busybox, ...command);
}
function startWith(programs: string, ...command: string[]): Gate {
  const gate = execa(busybox, ['sh', '-c', gateScript(programs, folder), 'gate', ...command], {
    env: { HOME: '/tmp' },
    extendEnv: false,
    reject: false,
    stdio: 'ignore',
    // A container ends with all that runs in it; here the group stands for it.
    detached: true,
  });
  running.push(gate);
  return gate;
}
async function open(): Promise<void> {
  await writeFile(join(folder, 'new'), `${url}\n`);
  await rename(join(folder, 'new'), join(folder, gateFiles.go));
}
async function left(file: string): Promise<string | undefined> {
  return await readFile(join(folder, file), 'utf8').catch(() => undefined);
}
async function exitCode(): Promise<string | undefined> {
  return await vi.waitFor(
    async () => {
      const code = await left(gateFiles.exitCode);
      if (code === undefined) throw new Error('it has not ended');
      return code.trim();
    },
    { timeout: 20_000 },
  );
}

describe('the gate before an application', () => {
  it('runs nothing until it is opened', async () => {
    start(busybox, 'touch', join(folder, 'ran'));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await left('ran')).toBeUndefined();
    await open();
    expect(await exitCode()).toBe('0');
    expect(await left('ran')).toBe('');
  });

  it('tells the application where the database is, with its arguments as they are', async () => {
    start(busybox, 'sh', '-c', 'echo "$DATABASE_URL"; echo "$1" >&2', 'check', "a 'b'  $c");
    await open();
    expect(await exitCode()).toBe('0');
    expect(await left(gateFiles.output)).toBe(`${url}\na 'b'  $c\n`);
  });

  it.each([
    ['that says no', ['sh', '-c', 'exit 3'], '3'],
    ['that is killed', ['sh', '-c', 'kill -9 $$'], '137'],
  ])('hands on the exit code of an application %s', async (_, command, code) => {
    start(busybox, ...command);
    await open();
    expect(await exitCode()).toBe(code);
  });

  it('says that a program is not there', async () => {
    start('/no/such/program');
    await open();
    expect(await exitCode()).toBe('127');
    expect(await left(gateFiles.output)).toContain('/no/such/program');
  });

  it('keeps the first 64 KiB of an output without an end, and does not stop the application for it', async () => {
    start(busybox, 'sh', '-c', 'yes pgcairn | head -c 5000000; echo the end');
    await open();
    expect(await exitCode()).toBe('0');
    expect(await left(gateFiles.output)).toHaveLength(65_536);
  });

  it('stays when the application has ended, runs it once, and goes at once when it is stopped', async () => {
    const gate = start(busybox, 'sh', '-c', `echo x >>${folder}/ran`);
    await open();
    await exitCode();
    const second = start(busybox, 'sh', '-c', `echo x >>${folder}/ran`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await left('ran')).toBe('x\n');
    for (const one of [gate, second]) {
      expect(one.exitCode).toBeNull();
      one.kill('SIGTERM');
      expect((await one).exitCode).toBe(0);
    }
  });

  it('ends where it cannot even wait, and does not wear the processor out', async () => {
    expect((await startWith('/no/such/busybox', busybox, 'true')).exitCode).toBe(127);
    await writeFile(join(folder, gateFiles.go), url);
    expect((await startWith('/no/such/busybox', busybox, 'true')).exitCode).toBe(0);
  });

  it('goes at once also while it waits, and while the application runs', async () => {
    const waiting = start(busybox, 'true');
    await vi.waitFor(() => execa('pgrep', ['-P', String(waiting.pid)]), { timeout: 20_000 }); // its sleep
    waiting.kill('SIGTERM');
    expect((await waiting).exitCode).toBe(0);
    const serving = start(busybox, 'sh', '-c', `touch ${folder}/serves; sleep 600`);
    await open();
    await vi.waitFor(async () => expect(await left('serves')).toBe(''), { timeout: 20_000 });
    serving.kill('SIGTERM');
    expect((await serving).exitCode).toBe(0);
  });
});
