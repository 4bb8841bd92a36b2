import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../base/clock.ts';
import { createLineSplitter } from './line-splitter.ts';
import { parseWatchEvent } from './watch-event.ts';
import type { WatchEvent } from './watch-event.ts';

/** An object is at most 3 MiB in etcd; JSON may be wider. */
const maximumLineBytes = 16 * 1024 * 1024;
/** In a burst, others get the event loop at least this often. */
const budgetMilliseconds = 8;

/**
 * Hands every event of a watch to `onEvent` until the stream ends. An unfinished last line is dropped: the next
 * watch sends that event again. Rejects with GarbledStreamError or what the stream or `onEvent` throws.
 */
export async function followWatch(
  stream: AsyncIterable<Uint8Array>,
  options: { clock: Clock; onBytes: () => void; onEvent: (event: WatchEvent) => void },
): Promise<void> {
  const { clock } = options;
  const splitter = createLineSplitter(maximumLineBytes);
  let turnBegan = clock.monotonic();
  for await (const chunk of stream) {
    options.onBytes();
    for (const line of splitter.push(chunk)) {
      if (line !== '') options.onEvent(parseWatchEvent(line));
      if (clock.monotonic() - turnBegan < budgetMilliseconds) continue;
      await nextTurn();
      turnBegan = clock.monotonic();
    }
  }
}
