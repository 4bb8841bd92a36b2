import { saidByFunction, withoutValues } from '../without-values.ts';

/** One thing that pg_restore could not do. */
export interface RestoreError {
  /** Kind, name and owner of the entry, as `TABLE DATA orders app`; absent where it is not known. */
  readonly entry?: string;
  /** The server's first line, without values of the data. */
  readonly words: string;
}

/** Reads what pg_restore --verbose says while it works. */
export interface RestoreProgress {
  /** One line of stderr. */
  line(text: string): void;
  /** Milliseconds, as `now` gave them, when the last data was in; undefined: there was none. */
  readonly dataEnd: number | undefined;
  readonly errors: readonly RestoreError[];
}

const entryLine = /^pg_restore: from TOC entry \d+; \d+ \d+ (.*)$/;
const errorLine = /^pg_restore: error: (.*)$/;
const dataLine = /^pg_restore: finished item \d+ (TABLE DATA|BLOBS|BLOB|LARGE OBJECTS?|SEQUENCE SET) /;
const clientPart =
  /^(could not execute query|COPY failed for table "[^"]*"|error returned by PQputCopyData): /;
/** So many are kept: more than there can be errors that are none, so that one that counts is among them. */
const limit = 10_000;

/** `now` gives milliseconds that never go back. */
export function readRestoreProgress(now: () => number): RestoreProgress {
  const errors: RestoreError[] = [];
  let entry: string | undefined;
  let dataEnd: number | undefined;
  return {
    line(text) {
      if (dataLine.test(text)) dataEnd = now();
      entry = entryLine.exec(text)?.[1] ?? entry;
      if (saidByFunction.test(text)) hideLast(errors);
      const words = errorLine.exec(text)?.[1];
      if (words === undefined || errors.length >= limit) return;
      errors.push({ ...(entry === undefined ? {} : { entry }), words: serverWords(words) });
    },
    get dataEnd() {
      return dataEnd;
    },
    errors,
  };
}

function serverWords(words: string): string {
  return withoutValues(words.replace(clientPart, '').replace(/^ERROR: +/, ''));
}

/** What a function of the database raises may say anything, values too. */
function hideLast(errors: RestoreError[]): void {
  const last = errors.pop();
  if (last !== undefined) errors.push({ ...last, words: 'a function ended with an error' });
}
