import { Readable } from 'node:stream';

const sliceBytes = 256 * 1024;

/** A buffer as a stream of views of it. */
class Slices extends Readable {
  readonly #bytes: Uint8Array;
  #sent = 0;

  constructor(bytes: Uint8Array) {
    super({ highWaterMark: sliceBytes });
    this.#bytes = bytes;
  }

  override _read(): void {
    if (this.#sent >= this.#bytes.length) this.push(null);
    else this.push(this.#bytes.subarray(this.#sent, this.#sent + sliceBytes));
    this.#sent += sliceBytes;
  }
}

interface WithBody {
  body?: unknown;
}

/**
 * Sends large bodies piece by piece. Node encrypts what it is given at once, so a part given whole would lie in
 * memory a second time. Must stand inside the SDK's retries and behind its signature, so that every try has its own
 * stream and the SDK still sees a body that can be sent again.
 */
export function sendInSlices<Arguments extends { request: unknown }, Result>(
  next: (given: Arguments) => Promise<Result>,
): (given: Arguments) => Promise<Result> {
  return async (given) => {
    const request = given.request as WithBody;
    if (!(request.body instanceof Uint8Array) || request.body.length <= sliceBytes) return next(given);
    const sliced = Object.assign(
      Object.create(Object.getPrototypeOf(request) as object) as WithBody,
      request,
    );
    sliced.body = new Slices(request.body);
    return next({ ...given, request: sliced });
  };
}
