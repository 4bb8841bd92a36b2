import { expect, it } from 'vitest';
import { formatTable } from './table.ts';

it('puts columns below one another, without spaces at the end', () => {
  const text = formatTable(
    ['RUN', 'SIZE', 'NOTE'],
    [
      ['a', '4.1 GiB', ''],
      ['longer', '1 B', 'held'],
    ],
  );

  expect(text).toBe('RUN     SIZE     NOTE\na       4.1 GiB\nlonger  1 B      held\n');
});

it('lets no name of a stored object steer the terminal', () => {
  expect(formatTable(['RUN'], [['\u001b[2Jgone\u202e']])).toBe('RUN\n\u{fffd}[2Jgone\u{fffd}\n');
});
