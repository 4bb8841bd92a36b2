import { describe, expect, test } from 'vitest';
import { evidence } from '../../../test/builders/evidence.ts';
import {
  failedSample,
  inconclusiveSample,
  passedSample,
  sampleTables,
} from '../../../test/builders/evidence-samples.ts';
import type { Evidence, EvidenceCheck } from '../evidence.ts';
import { renderEvidencePage } from './page.ts';

const digest = `sha256:${'9c'.repeat(32)}`;

/** The words of a part of the page, as they are read. */
function words(page: string, part: string): string {
  const section = page.split(/(?=<section |<header>|<footer>)/).find((one) => one.includes(part)) ?? '';
  const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return section
    .replace(/<[^>]*>/g, ' ')
    .replace(/&([a-z]+|#39);/g, (_, name: string) => entities[name] ?? '?')
    .replace(/\s+/g, ' ');
}

const head = (value: Evidence): string => words(renderEvidencePage(value), '<header>');
const part = (value: Evidence, id: string): string => words(renderEvidencePage(value), `id="${id}"`);

/** Throws where an element is closed that was not opened last, or is left open. */
function requireWellFormed(page: string): void {
  const open: string[] = [];
  const body = page.replace(/<!doctype html>|<(style)>[^]*?<\/style>/g, '');
  for (const [, closing, name = '', , self] of body.matchAll(
    /<(\/?)([a-z0-9]+)((?:\s+[a-z0-9-]+="[^"<>]*")*)\s*(\/?)>/gi,
  )) {
    if (self === '/') continue;
    if (closing !== '/') open.push(name);
    else if (open.pop() !== name) throw new Error(`</${name}> closes nothing`);
  }
  if (open.length > 0) throw new Error(`left open: ${open.join(', ')}`);
  const rest = body.replace(/<(\/?)([a-z0-9]+)((?:\s+[a-z0-9-]+="[^"<>]*")*)\s*(\/?)>/gi, '');
  if (/[<>]/.test(rest)) throw new Error(`a sign that is no element: ${/.{20}[<>].{20}/.exec(rest)?.[0]}`);
}

describe('the head of a page', () => {
  test('says that a drill passed, of what, and what it came to', () => {
    expect(head(passedSample())).toMatch(
      /evidence no\. 11 shop\/shop-monthly .* Passed The backup shop\/shop with the data of 2026-10-31 21:17:41 UTC was restored into a new server, and all 17 checks that were made held\. 212 tables, 48,201,337 rows/,
    );
  });

  test('says what failed first, what was found there, and what to do', () => {
    expect(head(failedSample())).toMatch(
      /Failed .*did not stand the test\. Do not count on it.* Failed first Row counts · shop public\.customers: 2,876,927 rows.* What to do Do not rely on this run/,
    );
  });

  test('says how many more checks failed', () => {
    const checks = failedSample().checks.map((check): EvidenceCheck =>
      check.id === 'Schema' ? { ...check, outcome: 'Failed' } : check,
    );
    expect(head({ ...failedSample(), checks })).toContain('1 more check failed, see below.');
    expect(head(failedSample())).not.toContain('see below');
  });

  test('takes meaning and remedy of a reason that is no check from the list of reasons', () => {
    expect(head(inconclusiveSample())).toMatch(
      /Inconclusive .*says nothing about it, neither good nor bad\..* Why DrillServerUnfit The throw-away server cannot take this run.* What to do Set server\.image/,
    );
  });

  test.each(['ControlNotCaught', 'AReasonOfTheFuture'])('names the reason %s', (reason) => {
    expect(head(passedSample({ verdict: 'Inconclusive', reason }))).toContain(reason);
  });

  test('says beside a pass that a promise was missed', () => {
    expect(head(passedSample())).toContain(
      'Promise missed: the recovery point was 7 h 19 min, promised were 15 min.',
    );
    expect(head(evidence())).not.toContain('Promise missed');
  });

  test('does not speak of a backup where none could be picked', () => {
    const { backup: _, ...rest } = evidence({
      verdict: 'Failed',
      reason: 'NoSuchRun',
      checks: [],
      tables: [],
    });
    expect(head(rest)).toContain('No run of the backup could be picked: there is nothing to recover from.');
    expect(part(rest, 'restored')).toContain('None could be picked.');
  });

  test('warns of evidence before it that does not hold, in any verdict', () => {
    const chain = { checked: 3, faults: [{ runId: '20261001T030000Z-7f3a', fault: 'its signature is off' }] };
    expect(head(passedSample({ chain }))).toMatch(/does not hold\..* 20261001T030000Z-7f3a : its signature/);
    expect(part(passedSample({ chain }), 'by-hand')).toContain('not all hold');
    expect(head(passedSample())).not.toContain('does not hold');
  });
});

describe('a page claims nothing that was not measured', () => {
  test('names the time before the first phase', () => {
    expect(part(passedSample(), 'timeline')).toContain(
      'UTC. Before the first byte was fetched, 6.1 s went into reading the catalogue',
    );
    const phases = passedSample().phases.map((phase) => ({
      ...phase,
      startSeconds: phase.startSeconds - 6.1,
    }));
    expect(part(passedSample({ phases }), 'timeline')).not.toContain('Before the first byte');
  });

  test('names a server that took nothing as one that stood ready', () => {
    const blind = evidence({ verdict: 'Inconclusive', reason: 'IdentityInvalid', phases: [] });
    expect(part(blind, 'restored')).toMatch(
      /Server PostgreSQL 16\.9, image postgres:16 stood ready\. No database/,
    );
    expect(part(blind, 'restored')).not.toContain('Restored into');
    expect(part(evidence(), 'restored')).toContain('Restored into PostgreSQL 16.9');
  });

  test('objectives of a drill that did not pass are not met', () => {
    const failed = evidence({ verdict: 'Failed', reason: 'Rows' });
    expect(part(evidence(), 'objectives').match(/\bMet\b/g)).toHaveLength(2);
    expect(part(failed, 'objectives')).not.toMatch(/\bMet\b/);
    expect(part(failed, 'objectives').match(/Not proven/g)).toHaveLength(2);
  });

  test('what was not measured is a dash, and what was not promised is no promise', () => {
    const bare = evidence({ measured: {}, objectives: {}, phases: [] });
    expect(part(bare, 'objectives')).toMatch(/Recovery time .* – – Not measured/);
    expect(part(evidence({ objectives: {} }), 'objectives')).toContain('No promise');
    expect(renderEvidencePage(bare)).not.toContain('id="timeline"');
  });

  test('checks without a result are named, together where they have one reason', () => {
    const list = part(
      evidence({
        checks: [
          {
            id: 'Amcheck',
            database: 'shop',
            outcome: 'NotChecked',
            detail: 'checks.indexes is None',
            seconds: 0,
          },
          { id: 'Write', outcome: 'NotChecked', detail: 'the drill ended before', seconds: 0 },
          { id: 'Audit', outcome: 'NotChecked', detail: 'the drill ended before', seconds: 0 },
        ],
        controls: [],
      }),
      'not-checked',
    );
    expect(list).toContain('Index contents (amcheck) · shop : checks.indexes is None');
    expect(list).toContain('Write , Index audit : the drill ended before');
    expect(list).toContain('Signature of the manifest , Sequence of runs ,');
    expect(list).toContain('Negative control : none was made');
    expect(part(evidence(), 'not-checked')).not.toContain('Negative control');
  });

  test('signatures are not said to hold where there are none', () => {
    const { signedBy: _, ...unsigned } = passedSample();
    expect(part(unsigned, 'by-hand')).toMatch(/not signed.* 10 envelopes before it were read; links hold/);
    expect(part(unsigned, 'by-hand')).not.toContain('pkeyutl');
    expect(part(passedSample(), 'by-hand')).toContain('signatures and links hold');
  });

  test('filters of the backup are named', () => {
    const { backup } = passedSample();
    const filtered = passedSample(backup === undefined ? {} : { backup: { ...backup, filtered: true } });
    expect(part(filtered, 'not-checked')).toContain('What the backup leaves out');
    expect(part(passedSample(), 'not-checked')).not.toContain('What the backup leaves out');
  });
});

describe('hostile names', () => {
  const script = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`;
  const long = 'x'.repeat(200);
  const hostile = passedSample({
    verdict: 'Failed',
    reason: 'Assertion',
    summary: script,
    location: script,
    server: { version: script, image: script },
    checks: [
      { id: 'Assertion', name: script, database: script, outcome: 'Failed', detail: script, seconds: 1 },
      { id: 'Rows', database: long, outcome: 'NotChecked', detail: script, seconds: 1 },
    ],
    tables: [
      { database: script, schema: script, name: 'gnp\u202Egpj.exe', expectedRows: 1, restoredRows: 2 },
      {
        database: 'a\u0000b',
        schema: 'טבלה',
        name: `zero\u200Bwidth\n${long}`,
        expectedRows: 1,
        restoredRows: 1,
      },
    ],
    controls: [{ damage: 'MissingRow', target: script, outcome: 'Caught', detail: script }],
    findings: [
      {
        finding: 'Unused',
        database: script,
        table: script,
        index: script,
        reason: script,
        sql: script,
        failsDrill: true,
      },
    ],
    chain: { checked: 1, faults: [{ runId: script, fault: script }] },
    past: [{ runId: script, completionTime: '2026-10-01T00:00:00Z', verdict: 'Passed' }],
  });
  const page = renderEvidencePage(hostile);

  test('stay text', () => {
    expect(page).not.toMatch(/<script|<img|<[^>]*onerror/i);
    expect(() => requireWellFormed(page)).not.toThrow();
    expect(words(page, 'id="tables"')).toContain(script);
  });

  test('do not turn what is around them, and show what is invisible in them', () => {
    const tables = words(page, 'id="tables"');
    expect(tables).toContain('gnp⟨U+202E⟩gpj.exe');
    expect(tables).toContain('a⟨U+0000⟩b');
    expect(tables).toContain('zero⟨U+200B⟩width');
    expect(page).toContain('<bdi>טבלה.');
    for (const invisible of ['\u0000', '\u200b', '\u202e']) expect(page).not.toContain(invisible);
  });

  test('wrap, however long they are', () => {
    expect(page).toContain('overflow-wrap:anywhere');
    expect(page).toContain(long);
  });
});

describe('a page', () => {
  const samples = [passedSample(), failedSample(), inconclusiveSample(), evidence()];

  test.each(samples.map((sample) => [sample.summary, sample]))('is well-formed: %s', (_, sample) => {
    expect(() => requireWellFormed(renderEvidencePage(sample))).not.toThrow();
  });

  test('asks for nothing from elsewhere and runs nothing', () => {
    for (const sample of samples) {
      const page = renderEvidencePage(sample);
      expect(page).not.toMatch(/<script|<link|<iframe|\bsrc=|\bhref=|@import|url\((?!#)|\bon[a-z]+=/i);
      expect(page).toContain('default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;');
    }
  });

  test('is the same for the same evidence', () => {
    expect(renderEvidencePage(passedSample())).toBe(renderEvidencePage(passedSample()));
  });

  test('carries the digest of the evidence before it', () => {
    expect(part(passedSample(), 'by-hand')).toContain(digest);
    expect(part(evidence(), 'by-hand')).toContain('It names none before it');
  });

  test('does not grow with the number of tables', () => {
    const size = (n: number): number => renderEvidencePage(passedSample({ tables: sampleTables(n) })).length;
    expect(size(5000)).toBeLessThan(size(100) + 1000);
    const differing = sampleTables(5000).map((table) => ({ ...table, restoredRows: null }));
    expect(renderEvidencePage(failedSampleWith({ tables: differing })).length).toBeLessThan(120_000);
  });

  test('does not grow with anything else either', () => {
    const detail = 'words '.repeat(1000);
    const checks = Array.from({ length: 2000 }, (_, n): EvidenceCheck => {
      const outcome = n % 2 === 0 ? 'Failed' : 'NotChecked';
      return { id: 'Rows', database: `db${String(n)}`, outcome, detail: `${detail}${String(n)}`, seconds: 1 };
    });
    const finding = {
      finding: 'Unused' as const,
      database: 'd',
      table: 't',
      reason: detail,
      sql: 'DROP',
      failsDrill: false,
    };
    const controls = Array.from({ length: 500 }, () => ({
      damage: 'MissingRow' as const,
      target: 't',
      outcome: 'Caught' as const,
      detail,
    }));
    const big = passedSample({ checks, controls, findings: Array.from({ length: 2000 }, () => finding) });
    expect(renderEvidencePage(big).length).toBeLessThan(700_000);
    expect(part(big, 'checks')).toContain('And 800 more in evidence.json');
  });
});

function failedSampleWith(more: Partial<Evidence>): Evidence {
  return { ...failedSample(), ...more };
}

describe('rows of the tables', () => {
  test('begin with those that differ, with the difference in words', () => {
    const text = part(failedSample(), 'tables');
    expect(text).toMatch(/39 tables with .* 2 tables differ from the snapshot\./);
    expect(text.indexOf('3 rows missing')).toBeLessThan(text.indexOf('public.orders '));
    expect(text).toContain('The table is missing.');
  });

  test('say when there are too many, and a table that nobody knows', () => {
    const [first, second] = sampleTables(2) as [Evidence['tables'][number], Evidence['tables'][number]];
    const tables = [
      { ...first, restoredRows: (first.expectedRows ?? 0) + 1 },
      { ...second, expectedRows: null },
    ];
    const text = part(passedSample({ tables }), 'tables');
    expect(text).toContain('1 row too many.');
    expect(text).toContain('The snapshot has no such table.');
  });

  test('show thirty in the open, more folded, and say that the document has all', () => {
    const page = renderEvidencePage(passedSample({ tables: sampleTables(212) }));
    const [open = '', folded = ''] = (page.split('id="tables"')[1] ?? '').split('<details>');
    expect(open.match(/<bdi>/g)).toHaveLength(30);
    expect(folded.split('</details>')[0]?.match(/<bdi>/g)).toHaveLength(30);
    expect(words(page, 'id="tables"')).toContain('All 212 tables are in evidence.json');
  });

  test('show all of a few, and of one', () => {
    const page = renderEvidencePage(passedSample({ tables: sampleTables(1) }));
    expect(words(page, 'id="tables"')).toContain('1 table with 12,000,000 rows');
    expect(page).not.toContain('<details>');
  });

  test('name the database where there are several', () => {
    const tables = [...sampleTables(1), ...sampleTables(1).map((table) => ({ ...table, database: 'crm' }))];
    expect(part(passedSample({ tables }), 'tables')).toContain('crm · public.orders');
    expect(part(passedSample(), 'tables')).not.toContain('shop ·');
  });
});

describe('the drawings', () => {
  test('have a bar for each phase, and the control apart', () => {
    const page = renderEvidencePage(passedSample());
    const [, timeline = ''] = page.split('id="timeline"');
    const drawing = timeline.split('</section>')[0] ?? '';
    expect(drawing.match(/<rect\s+class="bar"/g)).toHaveLength(6);
    expect(drawing.match(/<rect\s+class="other"/g)).toHaveLength(1);
    expect(words(page, 'id="timeline"')).toContain('Load schema and data 3 min 32 s');
  });

  test('have one row for a phase that comes once for each database', () => {
    const phases = Array.from({ length: 3000 }, (_, n) => {
      const name = (['Load', 'Index', 'Analyse'] as const)[n % 3] ?? 'Load';
      return { name, startSeconds: n, seconds: 1 };
    });
    expect(part(passedSample({ phases }), 'timeline')).toMatch(/Load schema and data 16 min 40 s Build/);
    expect(renderEvidencePage(passedSample({ phases })).length).toBeLessThan(120_000);
    const few =
      renderEvidencePage(passedSample({ phases: phases.slice(0, 6) })).split('id="timeline"')[1] ?? '';
    expect(few.split('</section>')[0]?.match(/<rect class="bar"/g)).toHaveLength(6);
  });

  test('show the drills before and this one, those that did not pass hatched', () => {
    const trend = renderEvidencePage(passedSample()).split('id="trend"')[1] ?? '';
    const [time = '', point = ''] = trend.split('<h3>').slice(1);
    expect(time.match(/<rect class="bar"/g)).toHaveLength(9);
    expect(point.match(/<rect class="other"/g)).toHaveLength(1);
    expect(time).toContain('promised 1 h, beyond this scale');
    expect(point).toContain('promised 15 min, dashed');
  });

  test('are left out where there is nothing to draw', () => {
    expect(renderEvidencePage(evidence())).not.toContain('id="trend"');
    const unmeasured = passedSample({
      measured: {},
      past: [{ runId: 'a', completionTime: '2026-10-01T00:00:00Z', verdict: 'Failed' }],
    });
    expect(renderEvidencePage(unmeasured).split('id="trend"')[1]).not.toContain('<rect');
  });

  test('hold no number that is none', () => {
    for (const seconds of [0, 0.001, 1, 1e9]) {
      const phases = [{ name: 'Fetch' as const, startSeconds: 0, seconds }];
      const past = [
        {
          runId: 'a',
          completionTime: '2026-10-01T00:00:00Z',
          verdict: 'Passed' as const,
          recoveryTimeSeconds: seconds,
        },
      ];
      const page = renderEvidencePage(
        passedSample({ phases, past, measured: { recoveryTimeSeconds: seconds } }),
      );
      expect(page).not.toMatch(/NaN|Infinity|undefined|="-/);
    }
  });
});

test('findings come with their SQL, those that fail the drill first', () => {
  const [first, second] = passedSample().findings;
  if (first === undefined || second === undefined) throw new Error('the sample has two findings');
  const text = part(passedSample({ findings: [first, { ...second, failsDrill: true }] }), 'audit');
  expect(text.indexOf('DROP INDEX CONCURRENTLY')).toBeLessThan(text.indexOf('CREATE INDEX CONCURRENTLY'));
  expect(text).toContain('Duplicate index · fails the drill');
});
