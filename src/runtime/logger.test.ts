import { expect, test } from 'vitest';
import { createScrubber } from '../base/redact.ts';
import { createLogger } from './logger.ts';
import type { LogLevel } from './logger.ts';

function lines(level: LogLevel): {
  logged: string[];
  logger: ReturnType<typeof createLogger>;
  add: (secret: string) => void;
} {
  const scrubber = createScrubber();
  const logged: string[] = [];
  const destination = { write: (line: string) => void logged.push(line) };
  return {
    logged,
    logger: createLogger({ level, scrubber, destination }),
    add: (secret) => scrubber.add(secret),
  };
}

test('a line is one JSON object with level, time, message and fields', () => {
  const { logged, logger } = lines('info');

  logger.child({ controller: 'backup' }).info({ name: 'shop' }, 'pass done');

  expect(JSON.parse(logged[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    controller: 'backup',
    name: 'shop',
    msg: 'pass done',
  });
});

test('a secret appears in no line: not in fields, messages, children, errors, stacks or causes', () => {
  const { logged, logger, add } = lines('debug');
  const secret = 'k4n"ry\nvalue';
  add(secret);
  const cause = new Error(`cause ${secret}`);
  const error = Object.assign(new Error(`failed: ${secret}`, { cause }), { argv: ['--password', secret] });

  logger.debug({ deep: { er: { password: secret } } }, 'fields');
  logger.child({ uri: `postgres://u:${encodeURIComponent(secret)}@h` }).warn({}, 'child');
  logger.error({ err: error }, 'error');

  const all = logged.join('');
  expect(all).not.toContain('k4n');
  expect(all.split('[redacted]').length).toBeGreaterThanOrEqual(6);
  for (const line of logged) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

test('lines under the level are not written', () => {
  const { logged, logger } = lines('warn');

  logger.info({}, 'not written');

  expect(logged).toEqual([]);
});
