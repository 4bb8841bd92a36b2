import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PartBuffers, splitIntoParts } from './parts.ts';

async function* give(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

describe('cutting a stream into parts', () => {
  it('gives the same bytes in equal parts of which only the last is shorter', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(chunks, fc.integer({ min: 1, max: 16 }), async (given, size) => {
        const buffers = new PartBuffers(size, 2);
        const parts: Buffer[] = [];
        const lasts: boolean[] = [];
        for await (const part of splitIntoParts(give(given), buffers)) {
          parts.push(Buffer.from(part.data));
          lasts.push(part.last);
          buffers.release(part.buffer);
        }
        const whole = Buffer.concat(given);
        expect(Buffer.concat(parts)).toEqual(whole);
        expect(parts.slice(0, -1).every((part) => part.length === size)).toBe(true);
        expect(parts.length).toBe(Math.max(1, Math.ceil(whole.length / size)));
        expect(lasts).toEqual(parts.map((_, index) => index === parts.length - 1));
      }),
    );
  });

  it('reads no further than its buffers reach until one is released', async () => {
    let read = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (; read < 100; read += 1) yield Buffer.alloc(10);
    }
    const buffers = new PartBuffers(10, 3);
    const parts = splitIntoParts(source(), buffers);
    const first = await parts.next();
    await parts.next();
    await parts.next();
    const fourth = parts.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBe(3);
    if (first.value !== undefined) buffers.release(first.value.buffer);
    expect((await fourth).value?.buffer).toBe(first.value?.buffer);
  });

  it('throws what its source throws, and gives no last part', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(15);
      throw new Error('source broke');
    }
    const lasts: boolean[] = [];
    const reading = (async () => {
      for await (const part of splitIntoParts(source(), new PartBuffers(10, 3))) lasts.push(part.last);
    })();
    await expect(reading).rejects.toThrow('source broke');
    expect(lasts).toEqual([false]);
  });
});
