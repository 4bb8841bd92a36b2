import type { Logger } from '../../base/logger.ts';

/**
 * A logger of the worker that lets a person see its warnings. What else it says, the progress, the report and the exit
 * code tell.
 */
export function warningsOnly(say: (line: string) => void): Logger {
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => say(`warning: ${message}${details(fields)}`),
    error: () => undefined,
    child: () => logger,
  };
  return logger;
}

/** Values that have words of their own; of an error its message. */
function details(fields: object): string {
  const words = Object.entries(fields).flatMap(([name, value]) => {
    if (value instanceof Error) return [value.message];
    return typeof value === 'object' ? [] : [`${name} ${String(value)}`];
  });
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}
