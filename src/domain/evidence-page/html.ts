/** Markup that is safe to put into a page. Made by `html` only. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | undefined | readonly Html[];

/**
 * Markup from a template: texts are escaped, and what cannot be seen in them is shown; undefined is nothing. The
 * indentation of the template is left out.
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const texts = strings.map((text) => text.replace(/\s*\n\s*(\/?>)/g, '$1').replace(/\s*\n\s*/g, '\n'));
  return { markup: texts.reduce((before, text, index) => `${before}${markupOf(parts[index - 1])}${text}`) };
}

function markupOf(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escape(visible(part));
  if ('markup' in part) return part.markup;
  return part.map(({ markup }) => markup).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

/**
 * Characters that are not seen, or that turn the direction of what follows, as their code points: a name must not
 * look like another one. Line ends and tabs stay.
 */
function visible(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `⟨${codePoint(character)}⟩`);
}

function codePoint(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  return `U+${hex.padStart(4, '0')}`;
}

/** A name that somebody else chose: kept apart from the direction of the text around it. */
export function nameHtml(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

/** `parts` with `between` between them. */
export function joined(parts: readonly Html[], between: Html): Html {
  return { markup: parts.map(({ markup }) => markup).join(between.markup) };
}

/** A part of the page under a heading; nothing where there is no content. */
export function section(id: string, title: string, content: Html | undefined): Html | undefined {
  if (content === undefined) return undefined;
  return html`<section id="${id}">
    <h2>${title}</h2>
    ${content}
  </section>`;
}
