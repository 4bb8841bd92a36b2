/** Replaces secrets by value wherever they stand in a text. */
export interface Scrubber {
  /** Remembers a secret value, and the forms in which it travels: URI-encoded, base64, JSON-escaped. */
  add(secret: string): void;
  /** The text with every known secret replaced by `[redacted]`. */
  scrub(text: string): string;
}

const redacted = '[redacted]';

/** Shorter values stand in ordinary words and figures: redacting them would destroy the text and guard nothing. */
const shortestSecret = 4;

/** Nothing is known at first: whoever reads a secret adds it before using it. */
export function createScrubber(): Scrubber {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    add(secret) {
      const size = forms.size;
      for (const form of formsOf(secret)) if (form.length >= shortestSecret) forms.add(form);
      if (forms.size > size) pattern = patternOf(forms);
    },
    scrub(text) {
      return pattern === undefined ? text : text.replace(pattern, redacted);
    },
  };
}

function formsOf(secret: string): readonly string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/);
  // Of a value of several lines (a key, a certificate) programs also print single ones.
  const longLines = lines.length > 1 ? lines.filter((line) => line.length >= 16) : [];
  return [secret, trimmed, ...longLines].flatMap(encodingsOf);
}

function encodingsOf(value: string): readonly string[] {
  const quoted = [value, value.replaceAll("'", "''"), value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")];
  const inJson = quoted.map(jsonEscaped);
  const uri = encodeURIComponent(value.toWellFormed());
  const strictUri = uri.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const bytes = Buffer.from(value);
  return [
    ...quoted,
    ...inJson,
    ...inJson.map(jsonEscaped),
    uri,
    strictUri,
    strictUri.replaceAll('%20', '+'),
    ...[uri, strictUri].map(lowerCaseEscapes),
    ...base64Forms(bytes),
    bytes.toString('hex'),
  ];
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function lowerCaseEscapes(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

/**
 * base64 and base64url of the value by itself and at each of the three offsets that it can have inside a longer one
 * (`user:password`), without the characters at both ends that depend on the neighbours.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const whole = [bytes.toString('base64'), bytes.toString('base64').replace(/=+$/, '')];
  const inside = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    return text.slice(first, last);
  });
  const solid = inside.filter((form) => form.length >= 8);
  return [...whole, ...solid].flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** Longest first: of two secrets of which one begins the other, the longer must win. */
function patternOf(forms: ReadonlySet<string>): RegExp {
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map(escapeForPattern).join('|'), 'g');
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
