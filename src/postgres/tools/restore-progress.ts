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

/**
 * A line is written in pieces, all but the last of them these, and pg_restore has as many processes as jobs: between two
 * pieces of one there may be some of another, and whole lines.
 */
const pieces = /^(?:pg_restore:|(?:error|warning|detail|hint): | )*/;
/** What is said of the work itself. In C, whatever the user's language is. */
const ofWork =
  /^(?:(?:launching|skipping|processing|finished) (?:item|missed|main|data)|entering |creating |dropping |executing |(?:dis|en)abling triggers|setting owner|connect(?:ing|ed) to |restor(?:ing|ed) |(?:transferring|reducing) dependenc|read(?:ing)? TOC|implied |while [A-Z]+|from TOC entry|errors ignored|table "[^"]*" could not be created)/;
const entryWords = /^from TOC entry \d+; \d+ \d+ (.*)$/;
const dataWords = /^finished item \d+ (TABLE DATA|BLOBS|BLOB|LARGE OBJECTS?|SEQUENCE SET) /;
const clientPart =
  /^(could not execute query|COPY failed for table "[^"]*"|error returned by PQputCopy(?:Data|End)): /;
/** So many are kept: more than there can be errors that are none, so that one that counts is among them. */
const limit = 10_000;

/** `now` gives milliseconds that never go back. */
export function readRestoreProgress(now: () => number): RestoreProgress {
  const errors: RestoreError[] = [];
  let entry: string | undefined;
  let dataEnd: number | undefined;
  return {
    line(text) {
      const [start] = pieces.exec(text) ?? [''];
      const words = text.slice(start.length);
      if (dataWords.test(words)) dataEnd = now();
      entry = entryWords.exec(words)?.[1] ?? entry;
      if (saidByFunction.test(text)) hideLast(errors);
      const isError = clientPart.test(words) || (start.includes('error: ') && !ofWork.test(words));
      if (!isError || errors.length >= limit) return;
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
