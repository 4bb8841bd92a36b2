import type { SchemaEntry } from './schema-comparison-entries.ts';

/** The definition of an object in a form that only its meaning decides. */
export function canonicalDefinition({ desc, definition: written = '' }: SchemaEntry): string {
  const definition = withoutVersions(written);
  // Privileges come in the order in which they were granted.
  if (desc === 'ACL' || desc === 'DEFAULT ACL') return sorted(definition.split(';\n'));
  // A child's own columns come in the order of its parent's, once it is made anew.
  if (/\)\nINHERITS \(/.test(definition)) return sorted(definition.split(/,?\n/));
  // The roles of a policy come as the server happens to find them.
  if (desc === 'POLICY')
    return canonicalSql(definition).replace(
      / TO (?<roles>.+?)(?= USING | WITH | ;)/,
      (_, roles: string) => ` TO ${roles.split(' , ').toSorted().join(' , ')}`,
    );
  return canonicalSql(definition);
}

/**
 * Without what servers of the minor releases of November 2026 keep with every column: a number that changes with it,
 * which nobody can set. An older pg_dump takes it for an option that was set.
 */
function withoutVersions(definition: string): string {
  return definition.replaceAll(columnOptions, (line, head: string, options: string) => {
    const left = options.split(', ').filter((option) => !option.startsWith('pg_attver='));
    if (left.length === 0) return '';
    return left.length === options.split(', ').length ? line : `${head}SET (${left.join(', ')});\n`;
  });
}
const columnOptions = /^(ALTER [^\n]* ALTER COLUMN [^\n]* )SET \(([^\n]*)\);\n/gm;

function sorted(parts: readonly string[]): string {
  return parts.map(canonicalSql).toSorted().join('\n');
}

/**
 * SQL as it means the same: what is left of a definition once everything is gone that PostgreSQL writes in one way for
 * an object as it was made and in another for the same object restored. Those are casts (`IN` over varchar moves them
 * into the array), parentheses around one thing, quotes that a name does not need, white space, and the time zone that
 * a constant is written in. Two texts that come out equal may still differ in a cast.
 */
export function canonicalSql(sql: string): string {
  return textOf(groupOf(tokensOf(sql)));
}

type Token = string;
/** What stands between a pair of parentheses or brackets, or the whole text. */
interface Group {
  readonly open: '(' | '[' | '';
  readonly items: Item[];
}
type Item = Token | Group;

const tokenForms = [
  // White space and comments, which are left out.
  /\s+|--[^\n]*/y,
  /\$(?<tag>[A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)?\$[^]*?\$\k<tag>\$/y,
  /[eE]'(?:[^'\\]|\\[^]|'')*'/y,
  /'(?:[^']|'')*'/y,
  /"(?:[^"]|"")*"/y,
  /[A-Za-z_\u0080-\uFFFF][\w$\u0080-\uFFFF]*/y,
  /\d[\w.]*/y,
  /::/y,
] as const;

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length;) {
    const { form, text } = tokenAt(sql, at);
    if (form !== 0) tokens.push(tokenText(text));
    at += text.length;
  }
  return tokens;
}

function tokenAt(sql: string, at: number): { readonly form: number; readonly text: string } {
  for (const [form, expression] of tokenForms.entries()) {
    expression.lastIndex = at;
    const text = expression.exec(sql)?.[0];
    if (text !== undefined) return { form, text };
  }
  return { form: -1, text: sql.charAt(at) };
}

function tokenText(text: string): string {
  if (text.startsWith('"')) return unquoted(text);
  return text.startsWith("'") ? unquoted(text.replace(zonedTime, inUtc)) : text;
}

/** Names in the text without the quotes that they do not need; a constant may hold the name of a sequence. */
export function unquoted(text: string): string {
  return text.replaceAll(/"([a-z_][a-z0-9_]*)"/g, '$1');
}

const zonedTime =
  /(?<time>[1-9]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d)(?<fraction>\.\d+)?(?<sign>[+-])(?<hours>\d\d)(?::(?<minutes>\d\d))?(?::(?<seconds>\d\d))?(?! BC)/g;

function inUtc(...match: unknown[]): string {
  const parts = match.at(-1) as Record<string, string | undefined>;
  const part = (name: string): number => Number(parts[name] ?? '0');
  const offset = (part('hours') * 60 + part('minutes')) * 60 + part('seconds');
  const local = Date.parse(`${(parts['time'] ?? '').replace(' ', 'T')}Z`);
  const utc = local - (parts['sign'] === '-' ? -offset : offset) * 1000;
  if (Number.isNaN(utc)) return String(match[0]);
  return new Date(utc).toISOString().replace('.000Z', `${parts['fraction'] ?? ''}Z`);
}

/** Nests the tokens, leaves casts out, and takes away parentheses around one thing. */
function groupOf(tokens: readonly Token[]): Group {
  const whole: Group = { open: '', items: [] };
  const open: Group[] = [whole];
  for (let at = 0; at < tokens.length;) {
    const token = tokens[at] ?? '';
    const inner = open.at(-1) ?? whole;
    if (token === '::') {
      at = afterType(tokens, at + 1);
      continue;
    }
    if (token === '(' || token === '[') open.push({ open: token, items: [] });
    else if ((token === ')' || token === ']') && open.length > 1) {
      open.pop();
      (open.at(-1) ?? whole).items.push(closed(inner));
    } else inner.items.push(token);
    at += 1;
  }
  // What was never closed stays readable as far as it goes.
  for (const left of open.slice(1)) whole.items.push(left);
  return whole;
}

function closed(group: Group): Item {
  const [first, second] = group.items;
  if (group.open === '[' || first === undefined) return group;
  if (group.items.length === 1) return first;
  const isArray = group.items.length === 2 && first === 'ARRAY' && typeof second === 'object';
  return isArray ? { open: '', items: group.items } : group;
}

const isName = (token: Token | undefined): boolean => /^["A-Za-z_\u0080-\uFFFF]/.test(token ?? '');

/** Words that go on with the name of a type, by the word before. */
const typeWords: Readonly<Record<string, RegExp>> = {
  character: /^varying$/,
  bit: /^varying$/,
  double: /^precision$/,
  timestamp: /^(with|without)$/,
  time: /^(with|without|zone)$/,
  with: /^time$/,
  without: /^time$/,
  interval: /^(year|month|day|hour|minute|second)$/,
};

/** Where the name of a type that begins at `at` is over. */
function afterType(tokens: readonly Token[], at: number): number {
  let next = at + 1;
  let word = tokens[at] ?? '';
  while (tokens[next] === '.' && isName(tokens[next + 1])) {
    word = '';
    next += 2;
  }
  for (;;) {
    const token = tokens[next] ?? '';
    if (token === '(' && /^\d+$/.test(tokens[next + 1] ?? '')) {
      const end = tokens.indexOf(')', next);
      if (end === -1) return tokens.length;
      next = end + 1;
    } else if (token === '[' && tokens[next + 1] === ']') next += 2;
    else if (typeWords[word]?.test(token) === true) {
      word = token;
      next += 1;
    } else return next;
  }
}

const closing = { '(': ')', '[': ']', '': '' } as const;

function textOf({ open, items }: Group): string {
  const texts = items.map((item) => (typeof item === 'string' ? item : textOf(item)));
  return `${open}${texts.join(' ')}${closing[open]}`;
}
