import { execa } from 'execa';
import { onPath } from '../tools/ensure-tools.ts';

/** Whether there is a Docker daemon to talk to; the program alone builds nothing. */
export async function dockerAnswers(): Promise<boolean> {
  if (!(await onPath('docker'))) return false;
  const args = ['version', '--format', '{{.Server.Version}}'];
  const { failed } = await execa('docker', args, { reject: false, timeout: 10_000 });
  return !failed;
}
