const lineFeed = 0x0a;

/** Cuts a stream of bytes into lines; `push` returns the lines that a chunk completes, without their ends. */
export interface LineSplitter {
  push(chunk: Uint8Array): readonly string[];
  /** Bytes of an unfinished line. */
  readonly pending: number;
}

/** `maximumBytes` bounds an unfinished line: a peer that never ends it must not fill the memory. */
export function createLineSplitter(maximumBytes: number): LineSplitter {
  let parts: Uint8Array[] = [];
  let pending = 0;

  function take(last: Uint8Array): string {
    const line = parts.length === 0 ? last : Buffer.concat([...parts, last]);
    parts = [];
    pending = 0;
    return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
  }
  return {
    get pending() {
      return pending;
    },
    push(chunk) {
      const lines: string[] = [];
      let start = 0;
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
        lines.push(take(chunk.subarray(start, end)));
        start = end + 1;
      }
      if (start < chunk.length) {
        parts.push(chunk.subarray(start));
        pending += chunk.length - start;
        if (pending > maximumBytes)
          throw new Error(`a line of a stream is longer than ${maximumBytes} bytes`);
      }
      return lines;
    },
  };
}
