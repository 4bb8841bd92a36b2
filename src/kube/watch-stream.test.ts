import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { createLineSplitter } from './line-splitter.ts';
import { GarbledStreamError } from './watch-event.ts';
import type { WatchEvent } from './watch-event.ts';
import { followWatch } from './watch-stream.ts';

const object = (name: string, resourceVersion: string): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, resourceVersion },
});
const line = (event: object): string => `${JSON.stringify(event)}\n`;
const text =
  line({ type: 'ADDED', object: object('grüße-😀', '1') }) +
  line({ type: 'MODIFIED', object: object('b', '2') }) +
  line({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '3' } } });

async function follow(chunks: Iterable<Uint8Array>): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  async function* stream(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield* chunks;
  }
  await followWatch(stream(), {
    clock: systemClock,
    onBytes: () => undefined,
    onEvent: (event) => events.push(event),
  });
  return events;
}

describe('a watch', () => {
  const bytes = Buffer.from(text);

  it('gives the same events wherever the network cuts it', async () => {
    const whole = await follow([bytes]);

    expect(whole.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'BOOKMARK']);
    for (let at = 1; at < bytes.length; at += 1) {
      expect(await follow([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(await follow(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
  });
  it('that ends in the middle of an event gives those before it', async () => {
    const second = text.indexOf('\n') + 1;
    for (const end of [second + 1, second + 20]) {
      expect(await follow([Buffer.from(text.slice(0, end))])).toHaveLength(1);
    }
  });
  it.each([
    ['no JSON', 'not json\n'],
    ['half an event', `${text.slice(0, 30)}\n`],
    ['no object', line({ type: 'ADDED' })],
    ['no resourceVersion', line({ type: 'ADDED', object: { metadata: { name: 'a' } } })],
    ['no name', line({ type: 'ADDED', object: { metadata: { resourceVersion: '1' } } })],
    ['an unknown type', line({ type: 'MOVED', object: object('a', '1') })],
  ])('with %s in it is given up as garbled', async (_, garbage) => {
    await expect(follow([Buffer.from(garbage)])).rejects.toThrow(GarbledStreamError);
  });
});

describe('a line splitter', () => {
  it('gives back every line, however the bytes come', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).filter((item) => !item.includes('\n')));
    fc.assert(
      fc.property(lines, fc.array(fc.integer({ min: 1, max: 9 })), (wanted, sizes) => {
        const all = Buffer.from(wanted.map((item) => `${item}\n`).join(''));
        const splitter = createLineSplitter(1_000_000);
        const found: string[] = [];
        for (let at = 0, turn = 0; at < all.length; turn += 1) {
          const size = sizes.length === 0 ? all.length : (sizes[turn % sizes.length] ?? 1);
          found.push(...splitter.push(all.subarray(at, at + size)));
          at += size;
        }
        expect(found).toEqual(wanted);
        expect(splitter.pending).toBe(0);
      }),
    );
  });
  it('refuses a line that never ends', () => {
    const splitter = createLineSplitter(100);

    expect(() => {
      for (let i = 0; i < 11; i += 1) splitter.push(Buffer.alloc(10, 'x'));
    }).toThrow('longer than 100 bytes');
  });
});
