import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store, StoreCapabilities } from '../../src/storage/store.ts';
import { ObjectExists } from '../../src/storage/store.ts';

/** One real store, and what the contract cannot know of it. */
export interface StoreUnderTest {
  /** Parts of 5 MiB, so that a test need not write much to write many. */
  readonly store: Store;
  /** A second client of the same store, as another process has one. */
  readonly other: Store;
  /** What capabilities() must find. */
  readonly capabilities: StoreCapabilities;
  /** Begins to write `key`, as a process does that is killed before the end. Resolves with the bytes left behind. */
  leaveUnfinished(key: string): Promise<number>;
  stop(): Promise<void>;
}

const MiB = 1024 * 1024;
const partBytes = 5 * MiB;
const never = new Date(8.64e15);

/** The same bytes for the same arguments; no two blocks alike. */
export function pattern(bytes: number, seed = 1): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  let state = seed * 2654435761;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    buffer[at] = state >>> 16;
  }
  return buffer;
}

export async function bytesOf(stream: Readable | undefined): Promise<Buffer | undefined> {
  if (stream === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function digestOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
}

export function inChunks(bytes: Buffer, chunkBytes: number): Readable {
  function* chunks(): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  return Readable.from(chunks(), { objectMode: false });
}

export async function keysOf(store: Store, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

/** A stream that gives `bytes` and then does what `end` says. */
function thatEnds(bytes: Buffer, end: (stream: Readable) => void): Readable {
  let at = 0;
  return new Readable({
    read() {
      if (at >= bytes.length) return end(this);
      this.push(bytes.subarray(at, (at += 64 * 1024)));
    },
  });
}

/** What every store must do. `make` gives a store that nobody else uses. */
export function storeContract(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`the contract of stores: ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeAll(async () => {
      under = await make();
      store = under.store;
    });
    afterAll(async () => {
      await store?.close();
      await under?.other.close();
      await under?.stop();
    });

    const nothingLeft = async (prefix: string): Promise<void> => {
      expect(await keysOf(store, prefix)).toEqual([]);
      expect(await store.sweep(prefix, never)).toEqual({ uploads: 0, bytes: 0 });
    };

    describe('writing and reading', () => {
      it.each([
        ['no bytes', 0],
        ['one byte', 1],
        ['one byte less than a part', partBytes - 1],
        ['exactly one part', partBytes],
        ['one byte more than a part', partBytes + 1],
        ['three parts', 3 * partBytes],
        ['six parts and a bit, more than are in memory', 6 * partBytes + 12345],
      ])('gives back what was written: %s', async (label, bytes) => {
        const body = pattern(bytes);
        const streamed = await store.put(`whole/${bytes}/stream`, inChunks(body, 65_537));
        const whole = await store.put(`whole/${bytes}/bytes`, body);
        expect([label, streamed.bytes, whole.bytes]).toEqual([label, bytes, bytes]);
        for (const key of [streamed.key, whole.key]) {
          expect(digestOf(await bytesOf(await store.get(key)))).toBe(digestOf(body));
          expect((await store.head(key))?.bytes).toBe(bytes);
        }
      });

      it('keeps the order of chunks that are larger than a part', async () => {
        const body = pattern(4 * partBytes + 7);
        await store.put('chunks/large', inChunks(body, 2 * partBytes + 1));
        expect(digestOf(await bytesOf(await store.get('chunks/large')))).toBe(digestOf(body));
      });

      it('shows its object to others as soon as put has resolved', async () => {
        const info = await store.put('seen', Buffer.from('bytes'));
        expect(info).toMatchObject({ key: 'seen', bytes: 5 });
        expect(Math.abs(info.modified.getTime() - Date.now())).toBeLessThan(60_000);
        expect(await under.other.head('seen')).toMatchObject({ key: 'seen', bytes: 5 });
        expect((await bytesOf(await under.other.get('seen')))?.toString()).toBe('bytes');
      });

      it('replaces an object as a whole', async () => {
        await store.put('replaced', pattern(partBytes + 1, 1));
        await store.put('replaced', Buffer.from('short'));
        expect((await bytesOf(await store.get('replaced')))?.toString()).toBe('short');
      });

      it.each([
        ['a range in the middle', { start: 10, end: 19 }, pattern(1000).subarray(10, 20)],
        ['a range to the end', { start: 990 }, pattern(1000).subarray(990)],
        ['the first byte', { start: 0, end: 0 }, pattern(1000).subarray(0, 1)],
        ['more than there is', { start: 995, end: 5000 }, pattern(1000).subarray(995)],
        ['nothing, from beyond the end', { start: 1000 }, Buffer.alloc(0)],
      ])('reads %s', async (_label, range, expected) => {
        await store.put('ranged', pattern(1000));
        expect(await bytesOf(await store.get('ranged', range))).toEqual(expected);
      });

      it('tells absent objects by undefined', async () => {
        expect(await store.get('absent/object')).toBeUndefined();
        expect(await store.head('absent/object')).toBeUndefined();
        expect(await store.head('seen/below-a-file')).toBeUndefined();
      });

      it('reports progress that grows to the size', async () => {
        const seen: number[] = [];
        const onProgress = (bytes: number): void => void seen.push(bytes);
        await store.put('progress', inChunks(pattern(3 * partBytes), 65_536), { onProgress });
        expect(seen).toEqual([...seen].sort((a, b) => a - b));
        expect(seen.at(-1)).toBe(3 * partBytes);
      });

      it('lets a reader stop early and another read on', async () => {
        await store.put('early', pattern(3 * partBytes));
        const first = await store.get('early');
        for await (const chunk of first as AsyncIterable<Buffer>) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
        expect(first?.destroyed).toBe(true);
        expect((await bytesOf(await store.get('early')))?.length).toBe(3 * partBytes);
      });

      it('stops a read by its signal', async () => {
        await store.put('stopped', pattern(3 * partBytes));
        const controller = new AbortController();
        const reason = new Error('enough');
        const stream = await store.get('stopped', { signal: controller.signal });
        const read = (async () => {
          for await (const _chunk of stream as AsyncIterable<Buffer>) controller.abort(reason);
        })();
        await expect(read).rejects.toBe(reason);
      });
    });

    describe('writing only what is absent', () => {
      it('refuses a key that exists, and keeps what was there', async () => {
        await store.put('once', Buffer.from('first'), { ifAbsent: true });
        await expect(store.put('once', Buffer.from('second'), { ifAbsent: true })).rejects.toBeInstanceOf(
          ObjectExists,
        );
        const large = inChunks(pattern(2 * partBytes), 65_536);
        await expect(under.other.put('once', large, { ifAbsent: true })).rejects.toBeInstanceOf(ObjectExists);
        expect(large.destroyed).toBe(true);
        expect((await bytesOf(await store.get('once')))?.toString()).toBe('first');
      });

      it.each([
        ['small objects', 100],
        ['objects of several parts', 2 * partBytes],
      ])('lets one of many writers win: %s', async (_label, bytes) => {
        const key = `race/${bytes}`;
        const writers = [store, under.other, store, under.other].map((writer, index) =>
          writer.put(key, inChunks(pattern(bytes, index), 65_536), { ifAbsent: true }).then(
            () => index,
            (error: unknown) => error,
          ),
        );
        const results = await Promise.all(writers);
        const winners = results.filter((result) => typeof result === 'number');
        const losers = results.filter((result) => result instanceof ObjectExists);
        expect([winners.length, losers.length]).toEqual([1, 3]);
        expect(digestOf(await bytesOf(await store.get(key)))).toBe(digestOf(pattern(bytes, winners[0])));
        expect(await store.sweep('race/', never)).toEqual({ uploads: 0, bytes: 0 });
      });
    });

    describe('a write that fails', () => {
      const body = pattern(2 * partBytes + 100);
      const faults: [string, () => Readable, unknown][] = [
        [
          'whose source breaks',
          () => thatEnds(body, (stream) => stream.destroy(new Error('source broke'))),
          /source broke/,
        ],
        ['whose source closes before its end', () => thatEnds(body, (stream) => stream.destroy()), /.*/],
        [
          'whose source breaks before the first part is full',
          () => thatEnds(body.subarray(0, 10), (stream) => stream.destroy(new Error('source broke'))),
          /source broke/,
        ],
      ];
      it.each(faults)('leaves nothing behind: %s', async (_label, source, message) => {
        const stream = source();
        await expect(store.put('failed/object', stream)).rejects.toThrow(message as RegExp);
        expect(stream.destroyed).toBe(true);
        await nothingLeft('failed/');
      });

      it('leaves what was there before', async () => {
        await store.put('kept', Buffer.from('before'));
        const stream = thatEnds(body, (broken) => broken.destroy(new Error('source broke')));
        await expect(store.put('kept', stream)).rejects.toThrow('source broke');
        expect((await bytesOf(await store.get('kept')))?.toString()).toBe('before');
      });

      it.each([
        ['while bytes flow', () => thatEnds(body, (stream) => void stream.push(body.subarray(0, 65_536)))],
        ['while the source is silent', () => thatEnds(body, () => undefined)],
        ['while the source never began', () => thatEnds(Buffer.alloc(0), () => undefined)],
      ])('is stopped by its signal %s', async (_label, source) => {
        const controller = new AbortController();
        const reason = new Error('stopped by the test');
        const stream = source();
        const put = store.put('aborted/object', stream, { signal: controller.signal });
        const caught = put.catch((error: unknown) => error);
        await sleep(150);
        controller.abort(reason);
        expect(await caught).toBe(reason);
        expect(stream.destroyed).toBe(true);
        await nothingLeft('aborted/');
      });

      it('does not begin when its signal has already stopped it', async () => {
        const signal = AbortSignal.abort(new Error('too late'));
        await expect(store.put('aborted/object', body, { signal })).rejects.toThrow('too late');
        await nothingLeft('aborted/');
      });
    });

    describe('keys', () => {
      it('lists by prefix in the order of bytes', async () => {
        const names = ['a-b', 'a.b', 'a/b', 'a/c/d', 'a0', 'ab', 'ab/c', 'b', 'Z', 'é', 'z ü %2F+&?'];
        for (const name of names) {
          if (name !== 'ab') await store.put(`order/${name}`, Buffer.from(name));
        }
        const ordered = ['Z', 'a-b', 'a.b', 'a/b', 'a/c/d', 'a0', 'ab/c', 'b', 'z ü %2F+&?', 'é'];
        expect(await keysOf(store, 'order/')).toEqual(ordered.map((name) => `order/${name}`));
        expect(await keysOf(store, 'order/a/')).toEqual(['order/a/b', 'order/a/c/d']);
        expect(await keysOf(store, 'order/a')).toEqual(ordered.slice(1, 7).map((name) => `order/${name}`));
        expect(await keysOf(store, 'order/nothing')).toEqual([]);
        const strange = await bytesOf(await store.get('order/z ü %2F+&?'));
        expect(strange?.toString()).toBe('z ü %2F+&?');
      });

      it('lists more than a page of objects', async () => {
        const keys = Array.from({ length: 1205 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
        for (let at = 0; at < keys.length; at += 25)
          await Promise.all(keys.slice(at, at + 25).map((key) => store.put(key, Buffer.from(key))));
        expect(await keysOf(store, 'many/')).toEqual(keys);
        let bytes = 0;
        for await (const object of store.list('many/012')) bytes += object.bytes;
        expect(bytes).toBe(5 * 'many/00000'.length);
      });

      it.each(['', '/a', 'a/', 'a//b', '../a', 'a/../../b', './a', 'a\\b', 'a\nb', 'a\0b', 'x'.repeat(300)])(
        'refuses %j',
        async (key) => {
          await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(/cannot be the key/);
          await expect(store.get(key)).rejects.toThrow(/cannot be the key/);
          await expect(store.head(key)).rejects.toThrow(/cannot be the key/);
          await expect(store.delete(key)).rejects.toThrow(/cannot be the key/);
        },
      );
    });

    describe('deleting', () => {
      it('removes one object and no other', async () => {
        for (const key of ['gone/a', 'gone/ab', 'gone/a0']) await store.put(key, Buffer.from(key));
        await store.delete('gone/a');
        expect(await keysOf(store, 'gone/')).toEqual(['gone/a0', 'gone/ab']);
        expect(await store.get('gone/a')).toBeUndefined();
        await store.delete('gone/a0', { everyVersion: true });
        expect(await keysOf(store, 'gone/')).toEqual(['gone/ab']);
      });

      it('counts what is absent as deleted', async () => {
        await store.delete('never/was');
        await store.delete('never/was', { everyVersion: true });
        expect(await store.head('never/was')).toBeUndefined();
      });
    });

    describe('sweeping', () => {
      it('removes what a killed process left under a prefix, and nothing younger or elsewhere', async () => {
        await store.put('sweep/kept', Buffer.from('whole'));
        const bytes = await under.leaveUnfinished('sweep/one');
        const more = await under.leaveUnfinished('sweep/deep/two');
        const elsewhere = await under.leaveUnfinished('swept/three');
        expect(await keysOf(store, 'sweep/')).toEqual(['sweep/kept']);
        const past = new Date(Date.now() - 3_600_000);
        expect(await store.sweep('sweep/', past)).toEqual({ uploads: 0, bytes: 0 });
        expect(await store.sweep('sweep/', never)).toEqual({ uploads: 2, bytes: bytes + more });
        expect(await store.sweep('sweep/', never)).toEqual({ uploads: 0, bytes: 0 });
        expect(await keysOf(store, 'sweep/')).toEqual(['sweep/kept']);
        expect(await store.sweep('swept/', never)).toEqual({ uploads: 1, bytes: elsewhere });
      });
    });

    it('knows what it can do, and leaves nothing of finding out', async () => {
      expect(await store.capabilities('trial/')).toEqual(under.capabilities);
      await nothingLeft('trial/');
    });

    it('says where it is', () => {
      expect(store.location).toMatch(/^(s3:\/\/|volume )\S+/);
    });
  });
}
