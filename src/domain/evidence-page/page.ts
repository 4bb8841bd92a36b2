import type { Evidence } from '../evidence.ts';

/** The evidence as one HTML document for people: no script, no asset outside of it. */
export function renderEvidencePage(evidence: Evidence): string {
  const text = JSON.stringify(evidence, undefined, 2).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Evidence</title><pre>${text}</pre></html>\n`;
}
