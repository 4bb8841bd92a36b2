import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RunningService } from './service.ts';
import { startService } from './service.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgcairn-service-'));
});
afterEach(() => rm(folder, { recursive: true }));

function service(script: string): RunningService {
  return startService({
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    folder,
    stopSignal: 'SIGQUIT',
  });
}

async function written(name: string): Promise<string> {
  for (;;) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text.trim();
    await setTimeout(10);
  }
}

it('ends what it has started, and all that this has started', async () => {
  const running = service('sleep 600 & echo "$!" >child; wait');
  const child = Number(await written('child'));
  await running.stop();
  // A moment may pass before the system has buried an orphan.
  await expect.poll(() => isRunning(child), { timeout: 20_000 }).toBe(false);
}, 60_000);

async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return stat !== '' && !stat.includes(') Z ');
}

it('ends with us, also when we are killed', async () => {
  const script = `
    import { startService } from '${new URL('service.ts', import.meta.url).href}';
    startService({
      program: '/bin/sh',
      args: ['-c', 'echo "$$" >child; exec sleep 600'],
      env: { PATH: '/usr/bin:/bin' },
      folder: ${JSON.stringify(folder)},
      stopSignal: 'SIGQUIT',
    });`;
  const us = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
  const child = Number(await written('child'));
  expect(await isRunning(child)).toBe(true);
  us.kill('SIGKILL');
  await expect.poll(() => isRunning(child), { timeout: 10_000 }).toBe(false);
});

it('says with which words it ended', async () => {
  expect(await service('echo first >&2; echo last words >&2; exit 3').ended).toBe('first\nlast words');
});

it('says how it ended without a word', async () => {
  expect(await service('exit 3').ended).toMatch(/exit code 3/);
});

it('can be stopped after it has ended', async () => {
  const running = service('exit 0');
  await running.ended;
  await expect(running.stop()).resolves.toBeUndefined();
});
