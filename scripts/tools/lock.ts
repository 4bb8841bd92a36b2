import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { say } from './say.ts';

/**
 * Runs `work` while this process alone holds the lock of `file`. The lock is the kernel's (flock of a child that ends
 * when its standard input does), so it goes with this process however that ends.
 */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const waiting = setTimeout(() => say(`waiting for another process that holds ${file}`), 3000);
  const held = new Promise<void>((resolve, reject) => {
    holder.stdout.once('data', () => resolve());
    holder.once('error', (cause) => reject(new Error('cannot run flock (package util-linux)', { cause })));
    holder.once('exit', (code) => reject(new Error(`flock ${file} ended with ${code}`)));
  });
  try {
    await held;
    clearTimeout(waiting);
    return await work();
  } finally {
    clearTimeout(waiting);
    holder.stdin.end();
  }
}
