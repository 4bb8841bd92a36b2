import type { z } from 'zod';
import { counted } from '../../domain/amounts.ts';

/** What is wrong with a field, in words of people. A message that a schema gives of its own stays. */
export function faultWords(issue: z.core.$ZodIssue): string {
  const { message } = issue;
  const type = /^Invalid input: expected (\w+), received (\w+)$/.exec(message);
  if (type?.[2] === 'undefined') return 'is required';
  if (type !== null) return `must be of type ${type[1] ?? ''}, not ${type[2] ?? ''}`;
  if (issue.code === 'too_small' && message.startsWith('Too small: '))
    return `must ${amountWords(issue.origin, issue.exact === true ? 'exactly' : 'at least', issue.minimum)}`;
  if (issue.code === 'too_big' && message.startsWith('Too big: '))
    return `must ${amountWords(issue.origin, issue.exact === true ? 'exactly' : 'at most', issue.maximum)}`;
  return message;
}

function amountWords(origin: string, how: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${how} ${counted(Number(limit), 'character')}`;
  return origin === 'array' ? `have ${how} ${counted(Number(limit), 'item')}` : `be ${how} ${String(limit)}`;
}
