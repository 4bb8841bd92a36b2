import { ensureTools } from './ensure-tools.ts';

/** Names the stock `age` program for tests, on PATH after this call. Its key generator is `age-keygen`. */
export async function ageBinary(): Promise<string> {
  await ensureTools(['age']);
  return 'age';
}
