import type { Evidence, EvidenceCheck, EvidencePast, EvidenceTable } from '../../src/domain/evidence.ts';
import { evidence } from './evidence.ts';

/** What a table of the sample shop holds, `n` tables of it. */
export function sampleTables(n: number): EvidenceTable[] {
  const names = [
    'orders',
    'order_items',
    'customers',
    'payments',
    'audit_log',
    'sessions',
    'stock',
    'prices',
  ];
  return Array.from({ length: n }, (_, index) => {
    const name = `${names[index % names.length]}${index < names.length ? '' : `_${String(index).padStart(4, '0')}`}`;
    const rows = Math.round(12_000_000 / (index + 1) ** 1.3);
    return { database: 'shop', schema: 'public', name, expectedRows: rows, restoredRows: rows };
  });
}

const check = (
  id: EvidenceCheck['id'],
  detail: string,
  more: Partial<EvidenceCheck> = {},
): EvidenceCheck => ({
  id,
  outcome: 'Passed',
  detail,
  seconds: 0.4,
  ...more,
});
const inShop = { database: 'shop' };

const checks: readonly EvidenceCheck[] = [
  check('Signature', 'signed by SHA256:2xjM4kHnVbTq0aZ1yQ7tW3eR5uI8oP9sD6fG4hJ2kL1', { seconds: 0 }),
  check('Sequence', 'number 41, follows number 40', { count: 17, seconds: 0 }),
  check('Digests', '3 objects are those that the manifest names', { count: 3, seconds: 38.2 }),
  check('Decryption', 'every object opened, and its plain digest is that of the manifest', {
    count: 3,
    seconds: 9,
  }),
  check('Restore', 'pg_restore 16.9 ended without an error', { seconds: 333, ...inShop }),
  check('Rows', '212 tables, 48,201,337 rows equal', { count: 212, seconds: 11.3, ...inShop }),
  check('LargeObjects', 'the snapshot had none', { outcome: 'NotChecked', seconds: 0, ...inShop }),
  check('Schema', 'the schema is the one that was dumped', { count: 1204, seconds: 2.1, ...inShop }),
  check('Extensions', 'pg_trgm 1.6, postgis 3.4.2', { count: 2, ...inShop }),
  check('Indexes', '391 indexes valid', { count: 391, ...inShop }),
  check('Amcheck', '374 B-tree indexes sound, every row of their tables in them', {
    count: 374,
    seconds: 21.7,
    ...inShop,
  }),
  check('Constraints', '518 constraints valid as in the backup', { count: 518, ...inShop }),
  check('Triggers', '12 triggers enabled as in the backup', { count: 12, ...inShop }),
  check('Sequences', '96 sequences ahead of their columns', { count: 96, seconds: 1.2, ...inShop }),
  check('Write', 'a row was written and read back by another session', { ...inShop }),
  check('Assertion', 'gave 1204, at least 1 expected', { name: 'recent orders', seconds: 0.1, ...inShop }),
  check('Assertion', 'gave 0 rows', { name: 'no orphans', seconds: 3.2, ...inShop }),
  check('Application', 'the spec names no application', { outcome: 'NotChecked', seconds: 0 }),
  check('Audit', 'no finding among audit.failOn', { count: 3, seconds: 1.9 }),
];

const past: readonly EvidencePast[] = [
  ['20261001', 402, 26_100, 'Passed'],
  ['20260901', 397, 26_190, 'Passed'],
  ['20260801', 391, 25_800, 'Passed'],
  ['20260701', undefined, 26_000, 'Failed'],
  ['20260601', 377, 26_400, 'Passed'],
  ['20260501', 371, 26_220, 'Passed'],
  ['20260401', 368, 112_000, 'Passed'],
  ['20260301', 350, 26_300, 'Passed'],
  ['20260201', undefined, undefined, 'Inconclusive'],
  ['20260101', 340, 26_310, 'Passed'],
].map(([day, time, point, verdict]) => ({
  runId: `${String(day)}T030000Z-7f3a`,
  completionTime: `${String(day).slice(0, 4)}-${String(day).slice(4, 6)}-${String(day).slice(6)}T03:07:21.000Z`,
  verdict: verdict as EvidencePast['verdict'],
  ...(time === undefined ? {} : { recoveryTimeSeconds: Number(time) }),
  ...(point === undefined ? {} : { recoveryPointSeconds: Number(point) }),
}));

/** A drill of a grown database that passed, but with older data than promised. */
export function passedSample(more: Partial<Evidence> = {}): Evidence {
  return evidence({
    sequence: 11,
    previous: { runId: '20261001T030000Z-7f3a', digest: `sha256:${'9c'.repeat(32)}` },
    chain: { checked: 10, faults: [] },
    summary:
      '212 tables, 48,201,337 rows equal; 374 indexes sound; 2 assertions held; both negative controls caught',
    completionTime: '2026-11-01T03:07:40.200Z',
    objectives: { recoveryTimeSeconds: 3600, recoveryPointSeconds: 900 },
    measured: {
      recoveryTimeSeconds: 412.3,
      recoveryPointSeconds: 26_340,
      largestGapSeconds: 87_120,
      restoredBytes: 12_884_901_888,
    },
    phases: [
      { name: 'Fetch', startSeconds: 6.1, seconds: 38.2 },
      { name: 'Decrypt', startSeconds: 44.3, seconds: 9 },
      { name: 'Load', startSeconds: 53.3, seconds: 212 },
      { name: 'Index', startSeconds: 265.3, seconds: 121 },
      { name: 'Analyse', startSeconds: 386.3, seconds: 7.4 },
      { name: 'Check', startSeconds: 393.7, seconds: 24.7 },
      { name: 'Control', startSeconds: 418.4, seconds: 41 },
    ],
    checks: [...checks],
    tables: sampleTables(212),
    controls: [
      {
        damage: 'FlippedBit',
        target: 'shop.dump.age',
        outcome: 'Caught',
        detail: `shop.dump.age has sha256:${'77'.repeat(32)}; the manifest says sha256:${'2b'.repeat(32)}`,
      },
      {
        damage: 'MissingRow',
        target: 'shop: public.orders',
        outcome: 'Caught',
        detail: 'rows of public.orders: 4,873,105 in the snapshot, 4,873,104 restored',
      },
    ],
    findings: [
      {
        finding: 'ForeignKeyUnindexed',
        database: 'shop',
        table: 'public.order_items',
        reason:
          'order_items_order_id_fkey has no index on (order_id): deleting an order reads all of order_items.',
        sql: 'CREATE INDEX CONCURRENTLY order_items_order_id_idx ON public.order_items (order_id);',
        failsDrill: false,
      },
      {
        finding: 'Duplicate',
        database: 'shop',
        table: 'public.customers',
        index: 'customers_email_idx2',
        reason: 'It has the same definition as customers_email_idx, and takes 214 MiB.',
        sql: 'DROP INDEX CONCURRENTLY public.customers_email_idx2;',
        failsDrill: false,
      },
    ],
    past: [...past],
    ...more,
  });
}

/** A drill that found rows missing. */
export function failedSample(): Evidence {
  const tables = sampleTables(40).map((table, index) =>
    index === 2
      ? { ...table, restoredRows: (table.restoredRows ?? 0) - 3 }
      : index === 5
        ? { ...table, restoredRows: null }
        : table,
  );
  return passedSample({
    verdict: 'Failed',
    reason: 'Rows',
    summary: '2 of 40 tables differ from the snapshot: public.customers, public.sessions',
    objectives: { recoveryTimeSeconds: 300, recoveryPointSeconds: 90_000 },
    checks: checks.flatMap((one): EvidenceCheck[] => {
      if (one.id === 'Amcheck')
        return [{ ...one, outcome: 'NotChecked', detail: 'checks.indexes is None', count: 0, seconds: 0 }];
      if (one.id !== 'Rows') return one.id === 'Application' || one.id === 'Write' ? [] : [one];
      const detail =
        'public.customers: 2,876,927 rows in the snapshot, 2,876,924 restored; public.sessions: missing';
      return [{ ...one, outcome: 'Failed', detail, count: 40 }];
    }),
    tables,
    findings: [],
  });
}

/** A drill whose server did not come up, and that found the chain of its evidence broken. */
export function inconclusiveSample(): Evidence {
  const whole = passedSample();
  const { server: _server, ...rest } = whole;
  return {
    ...rest,
    verdict: 'Inconclusive',
    reason: 'DrillServerUnfit',
    summary:
      'the server of image postgres:16 has no extension postgis, which database shop needs: set server.image to an image that has it',
    completionTime: '2026-11-01T03:01:02.000Z',
    chain: {
      checked: 10,
      faults: [{ runId: '20261001T030000Z-7f3a', fault: 'its signature does not hold' }],
    },
    measured: { recoveryPointSeconds: 26_340, largestGapSeconds: 87_120 },
    phases: whole.phases.slice(0, 2),
    checks: checks.slice(0, 4),
    tables: [],
    controls: [],
    findings: [],
  };
}
