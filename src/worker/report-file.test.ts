import { expect, test } from 'vitest';
import { Report } from '../task/report.ts';
import { createScrubber } from '../base/redact.ts';
import { fitReport, scrubReport } from './report-file.ts';

const run = {
  runId: '20261120T010000Z-aaaa',
  manifestDigest: `sha256:${'f'.repeat(64)}`,
  snapshotTime: '2026-11-20T01:00:01.000Z',
  startTime: '2026-11-20T01:00:00.000Z',
  completionTime: '2026-11-20T01:00:09.000Z',
  verifiedTo: 'Inventoried' as const,
  storedBytes: 1,
  databases: 1,
  tables: 1,
  rows: 1,
  server: { version: '16.9', sizeBytes: 1 },
  signed: true,
  suspicious: false,
};

test.each([
  ['a short message', { version: 1, kind: 'failed', reason: 'DumpFailed', message: 'x' }],
  ['a long message', { version: 1, kind: 'failed', reason: 'DumpFailed', message: 'x'.repeat(100_000) }],
  [
    'a message that JSON makes longer',
    { version: 1, kind: 'failed', reason: 'DumpFailed', message: '"\u0001'.repeat(9_000) },
  ],
  [
    'a message of wide characters',
    { version: 1, kind: 'failed', reason: 'DumpFailed', message: '🐘'.repeat(9_000) },
  ],
  [
    'many notes',
    {
      version: 1,
      kind: 'backup',
      run,
      notes: Array.from({ length: 500 }, (_, i) => `note ${i} ${'y'.repeat(90)}`),
    },
  ],
  ['many empty notes', { version: 1, kind: 'backup', run, notes: Array.from({ length: 5000 }, () => '') }],
  [
    'endless texts everywhere',
    {
      version: 1,
      kind: 'backup',
      run: {
        ...run,
        database: '\u0001'.repeat(5000),
        server: { version: '"'.repeat(5000), systemIdentifier: '🐘'.repeat(5000), sizeBytes: 1 },
      },
      stored: { runs: 1, bytes: 1, removedRuns: 0, sweptObjects: 0, retentionHeld: '\u0001'.repeat(9000) },
      notes: ['\u0001'.repeat(9000)],
    },
  ],
  [
    'an endless reason to hold retention',
    {
      version: 1,
      kind: 'inspect',
      run,
      stored: { runs: 1, bytes: 1, removedRuns: 0, sweptObjects: 0, retentionHeld: 'ü'.repeat(9000) },
    },
  ],
  [
    'an endless location',
    {
      version: 1,
      kind: 'probe',
      location: '\u0001'.repeat(9000),
      capabilities: { multipart: true, conditionalWrite: true, versioning: true, objectLock: true },
      latencyMilliseconds: { write: 1, read: 1, list: 1, delete: 1 },
      probedBytes: 1,
      signingKeyFingerprint: 'f'.repeat(9000),
      warnings: ['\u0001'.repeat(9000)],
    },
  ],
] as [string, Report][])('a report with %s fits into 4,096 bytes and stays one', (_, report) => {
  const text = fitReport(report);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
  expect(Report.parse(JSON.parse(text)).kind).toBe(report.kind);
});

test('a report that fits is not touched, and of many notes the first are kept', () => {
  const short: Report = { version: 1, kind: 'backup', run, notes: ['one', 'two'] };
  expect(JSON.parse(fitReport(short))).toEqual(short);
  const long = fitReport({
    ...short,
    notes: ['first', ...Array.from({ length: 99 }, () => 'z'.repeat(100))],
  });
  expect(JSON.parse(long)).toMatchObject({
    notes: expect.arrayContaining(['first', expect.stringMatching(/and \d+ more/)]),
  });
});

test('a secret is scrubbed wherever a text may hold it, and a report stays one', () => {
  const scrubber = createScrubber();
  for (const secret of ['hunter22', '2026', 'backup']) scrubber.add(secret);
  const report: Report = {
    version: 1,
    kind: 'backup',
    run: { ...run, database: 'hunter22', server: { ...run.server, version: '16 hunter22' } },
    stored: { runs: 1, bytes: 1, removedRuns: 0, sweptObjects: 0, retentionHeld: 'because of hunter22' },
    notes: ['hunter22 is here'],
  };
  const scrubbed = Report.parse(scrubReport(report, scrubber));
  expect(JSON.stringify(scrubbed)).not.toContain('hunter22');
  expect(scrubbed).toMatchObject({
    kind: 'backup',
    run: { snapshotTime: run.snapshotTime, runId: run.runId },
  });
});
