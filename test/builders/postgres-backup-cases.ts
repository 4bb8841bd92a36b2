import type { ApiCase } from './api-case.ts';
import { bad, good } from './api-case.ts';

type Set = ApiCase['set'];
const schedule = (text: unknown): Set => ({ 'spec.schedule': text });
const zone = (text: string): Set => ({ 'spec.timeZone': text });
const tables = (...names: unknown[]): Set => ({ 'spec.logical.include.tables': names });
const databases = (value: unknown): Set => ({ 'spec.databases': value });
const tls = (value: unknown): Set => ({ 'spec.connection.tls': value });
const resources = (value: unknown): Set => ({ 'spec.worker.resources': value });
const labels = (value: unknown): Set => ({ 'spec.worker.labels': value });
const toleration = (value: unknown): Set => ({ 'spec.worker.tolerations': [value] });
const ca = { name: 'shop-db-ca', key: 'ca.crt' };
const manyLabels = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`label-${i}`, 'x']));

/** What a user may copy: every part of the kind at once. */
const whole = {
  connection: {
    secretRef: { name: 'shop-db' },
    tls: { mode: 'VerifyFull', caSecretKeyRef: ca },
  },
  repositoryRef: { name: 'offsite' },
  schedule: '17 2 * * *',
  timeZone: 'Europe/Berlin',
  jitterSeconds: 600,
  databases: { names: ['shop'] },
  logical: {
    content: 'All',
    include: { schemas: [], tables: [] },
    exclude: { schemas: [], tables: [], tableData: ['public.audit_log'] },
    globals: 'Roles',
  },
  verification: { level: 'Inventoried' },
  retention: { keepLast: 3, keepDaily: 7, keepWeekly: 4, keepMonthly: 6, minimumVerified: 2 },
  objectives: { recoveryPointSeconds: 90_000 },
  limits: { deadlineSeconds: 14_400, retries: 2 },
  worker: {
    resources: { requests: { cpu: '500m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    priorityClassName: 'batch-low',
  },
  deletionPolicy: 'Retain',
  suspend: false,
};

const accepted = good('PostgresBackup', [
  ['everything at once', { spec: whole }],
  ['the least', {}],
  ['a nightly schedule', schedule('17 2 * * *')],
  ['an alias', schedule('@midnight')],
  ['names, lists, ranges and steps', schedule('*/15,7 0-6/2,22 1,15 JAN-Mar,12 mon-FRI')],
  ['Sunday as 7', schedule('0 0 * * 7')],
  ['doubled spaces', schedule('0  2 * * *')],
  ['29 February', schedule('0 0 29 2 *')],
  ['31 in some of its months', schedule('0 0 31 2,3 *')],
  ['30 February or any Monday', schedule('0 0 30 2 1')],
  ['a zone with three parts', zone('America/Argentina/Buenos_Aires')],
  ['UTC', zone('UTC')],
  ['a fixed zone', zone('Etc/GMT+5')],
  ['named databases', databases({ names: ['shop', 'Grüße aus "Köln"'] })],
  ['every database', databases({ all: true })],
  ['every database but some', databases({ all: true, except: ['scratch'] })],
  ['a host by IPv6 address', { 'spec.connection.host': 'fd00::7', 'spec.connection.port': 5433 }],
  ['a host with an underscore', { 'spec.connection.host': 'shop_db' }],
  ['a verified server', tls({ mode: 'VerifyFull', caSecretKeyRef: ca })],
  ['a verified server of a public authority', tls({ mode: 'VerifyFull' })],
  ['an authority and no mode', tls({ caSecretKeyRef: ca })],
  ['a client certificate', tls({ clientCertSecretRef: { name: 'client' } })],
  ['tables, plain and quoted', tables('public.orders', '"Shop"."Order ""Items"" 2"', 'öffentlich.bücher')],
  [
    'schemas in and tables out',
    {
      'spec.logical.include.schemas': ['Shop', 'public'],
      'spec.logical.exclude': { tables: ['public.tmp'], tableData: ['public.audit_log'] },
    },
  ],
  ['a retention of zeros', { 'spec.retention': { keepLast: 0, keepDaily: 0, maximumAgeSeconds: 0 } }],
  ['a hold', { 'spec.retention.hold': true }],
  ['the lowest level', { 'spec.verification.level': 'Stored' }],
  [
    'resources',
    resources({
      requests: { cpu: '500m', memory: '256Mi' },
      limits: { cpu: 2, memory: '1Gi', 'ephemeral-storage': '1.5Gi' },
    }),
  ],
  [
    'a request that equals its limit in other words',
    resources({ requests: { cpu: '1000m' }, limits: { cpu: 1 } }),
  ],
  [
    'a place for the worker',
    {
      'spec.worker.nodeSelector': { 'kubernetes.io/arch': 'arm64' },
      'spec.worker.tolerations': [
        { key: 'backups', operator: 'Exists', effect: 'NoSchedule' },
        { operator: 'Exists' },
      ],
      'spec.worker.labels': { team: 'shop', 'example.net/cost-centre': '42' },
      'spec.worker.annotations': { 'sidecar.istio.io/inject': 'false' },
      'spec.worker.priorityClassName': 'batch-low',
    },
  ],
  ['removal with the object', { 'spec.deletionPolicy': 'Delete' }],
]);

const fiveFields = 'must be five cron fields';
const never = 'never comes';
const aName = 'must be the name of an object: lower-case letters';
const aTable = 'must be schema.table';
const aHost = 'must be one host name or IP address';
const reserved = 'are not for users to set';

const refused = bad('PostgresBackup', [
  ['no connection', { 'spec.connection': undefined }],
  ['no repository', { 'spec.repositoryRef': undefined }],
  ['a schedule of words', schedule('every night'), fiveFields],
  ['a schedule with seconds', schedule('0 17 2 * * *'), fiveFields],
  ['a schedule with its own zone', schedule('TZ=UTC 17 2 * * *'), fiveFields],
  ['an empty schedule', schedule('')],
  ['an alias that is not known', schedule('@fortnightly'), fiveFields],
  ['the alias at start', schedule('@reboot'), fiveFields],
  ['minute 60', schedule('60 2 * * *'), 'minute 60: must be 0–59'],
  ['hour 24', schedule('0 24 * * *'), 'hour 24: must be 0–23'],
  ['day 0', schedule('0 0 0 * *'), 'day-of-month 0: must be 1–31'],
  ['day 32', schedule('0 0 32 * *'), 'day-of-month 32: must be 1–31'],
  ['month 13', schedule('0 0 1 13 *'), 'month 13: must be 1–12 or JAN–DEC'],
  ['weekday 8', schedule('0 0 * * 8'), 'day-of-week 8: must be 0–7 or SUN–SAT'],
  ['the last day by letter', schedule('0 0 L * *'), 'day-of-month L: must be 1–31'],
  ['a step of 0', schedule('*/0 * * * *'), 'minute */0: must be 0–59'],
  ['a step without a range', schedule('5/15 * * * *'), 'minute 5/15: must be 0–59'],
  ['a list with a hole', schedule('1,,2 * * * *'), 'minute 1,,2: must be 0–59'],
  [
    'two hours of which one is none, behind doubled spaces',
    schedule('0  1,25 * * *'),
    'hour 1,25: must be 0–23',
  ],
  ['a sentence of five words', schedule('at two in the night'), 'minute at: must be 0–59'],
  ['a range downwards', schedule('0 22-2 * * *'), 'a range must go upwards'],
  ['a line break at the end of a schedule', schedule('17 2 * * *\n'), fiveFields],
  ['31 February', schedule('0 0 31 2 *'), never],
  ['30 February by name', schedule('0 0 30 Feb *'), never],
  ['30 or 31 February', schedule('0 0 30-31 2 *'), never],
  ['31 in short months only', schedule('0 0 31 4,6,SEP,11 *'), never],
  ['a schedule as number', schedule(5)],
  ['a zone that does not exist', zone('Mars/Phobos'), 'must be the name of an IANA time zone'],
  ['an offset as zone', zone('+02:00'), 'must be the name of an IANA time zone'],
  ['the zone of the server', zone('Local'), 'must be the name of an IANA time zone'],
  ['a zone that leads upwards', zone('Europe/../Berlin'), 'must be the name of an IANA time zone'],
  ['negative jitter', { 'spec.jitterSeconds': -1 }],
  ['a deadline of no time', { 'spec.startingDeadlineSeconds': 0 }],
  ['suspend as text', { 'spec.suspend': 'yes' }],
  ['names and all', databases({ names: ['shop'], all: true }), 'give names or all, not both'],
  ['exceptions without all', databases({ except: ['scratch'] }), 'except needs all: true'],
  ['exceptions from names', databases({ names: ['shop'], except: ['scratch'] }), 'except needs all: true'],
  ['all denied', databases({ all: false })],
  ['no name', databases({ names: [] })],
  ['the same database twice', databases({ names: ['shop', 'shop'] })],
  ['a database with a line break', databases({ names: ['shop\ndrop'] })],
  ['an empty database name', databases({ names: [''] })],
  ['a database name of 64 letters', databases({ names: ['a'.repeat(64)] })],
  ['a database name of 40 letters and 80 bytes', databases({ names: ['ö'.repeat(40)] }), 'at most 63 bytes'],
  ['a host with a port', { 'spec.connection.host': 'db:5432' }, aHost],
  ['a list of hosts', { 'spec.connection.host': 'a,b' }, aHost],
  ['a host that is a socket', { 'spec.connection.host': '/run/postgresql' }, aHost],
  ['a host with settings', { 'spec.connection.host': 'db sslmode=disable' }, aHost],
  ['a host that looks like an option', { 'spec.connection.host': '-h' }, aHost],
  ['port 0', { 'spec.connection.port': 0 }],
  ['port 65536', { 'spec.connection.port': 65_536 }],
  ['a user with a null character', { 'spec.connection.user': 'a\u0000b' }],
  ['a database with a tab', { 'spec.connection.database': 'a\tb' }],
  ['a password in the spec', { 'spec.connection.password': 'hunter2' }],
  ['a Secret of another namespace', { 'spec.connection.secretRef': { name: 'a', namespace: 'b' } }],
  ['a repository of another namespace', { 'spec.repositoryRef': { name: 'a', namespace: 'b' } }],
  ['a repository in capitals', { 'spec.repositoryRef': { name: 'OffSite' } }, aName],
  ['a Secret by namespace and name', { 'spec.connection.secretRef': { name: 'shop/shop-db' } }, aName],
  ['a TLS mode in the words of libpq', tls({ mode: 'verify-full' })],
  ['VerifyCA without authority', tls({ mode: 'VerifyCA' }), 'mode VerifyCA needs caSecretKeyRef'],
  [
    'an authority that is not asked',
    tls({ mode: 'Require', caSecretKeyRef: ca }),
    'VerifyCA and VerifyFull only',
  ],
  [
    'a client certificate without TLS',
    tls({ mode: 'Disable', clientCertSecretRef: { name: 'c' } }),
    'needs TLS',
  ],
  ['a table without schema', tables('orders'), aTable],
  ['a table by pattern', tables('public.order*'), aTable],
  ['a table with capitals and no quotes', tables('public.Orders'), aTable],
  ['a table in open quotes', tables('public."orders'), aTable],
  ['a table of three parts', tables('shop.public.orders'), aTable],
  ['a table with a line break in quotes', tables('public."a\nb"'), aTable],
  ['the same table twice', tables('public.a', 'public.a')],
  [
    'schemas and tables in',
    {
      'spec.logical.include': { schemas: ['public'], tables: ['public.a'] },
    },
    'give schemas or tables, not both',
  ],
  [
    'tables in and schemas out',
    {
      'spec.logical.include.tables': ['public.a'],
      'spec.logical.exclude.schemas': ['other'],
    },
    'do not go together',
  ],
  ['content that is not known', { 'spec.logical.content': 'Everything' }],
  ['globals that are not known', { 'spec.logical.globals': 'All' }],
  ['a level that is not known', { 'spec.verification.level': 'Listed' }],
  ['negative retention', { 'spec.retention.keepDaily': -1 }],
  ['half a run', { 'spec.retention.keepLast': 1.5 }],
  ['no run at least', { 'spec.retention.minimumVerified': 0 }],
  ['a recovery point of no time', { 'spec.objectives.recoveryPointSeconds': 0 }],
  ['a deadline as duration', { 'spec.limits.deadlineSeconds': '4h' }],
  ['retries without end', { 'spec.limits.retries': 1000 }],
  ['a quantity in words', resources({ limits: { memory: 'plenty' } }), 'must be bytes, as 512Mi'],
  ['a negative quantity', resources({ limits: { cpu: '-1' } }), 'must be cores, as 2, 0.5 or 500m'],
  [
    'memory in thousandths of a byte',
    resources({ limits: { memory: '512m' } }),
    'm would be thousandths of a byte',
  ],
  ['a resource that is not known', resources({ limits: { 'nvidia.com/gpu': 1 } })],
  [
    'a request over its limit',
    resources({ requests: { memory: '2Gi' }, limits: { memory: '512Mi' } }),
    'requests.memory must not be larger',
  ],
  [
    'a request over its limit, in thousandths',
    resources({ requests: { cpu: '1500m' }, limits: { cpu: 1 } }),
    'requests.cpu must not be larger',
  ],
  [
    'more disk asked for than allowed',
    resources({
      requests: { 'ephemeral-storage': '2G' },
      limits: { 'ephemeral-storage': '1G' },
    }),
    'requests.ephemeral-storage must not be larger',
  ],
  ['our own label', labels({ 'pgcairn.dev/run': 'x' }), reserved],
  ['a label of Kubernetes', labels({ 'app.kubernetes.io/name': 'x' }), reserved],
  ['a label of the Job controller', labels({ 'job-name': 'x' }), reserved],
  [
    'an annotation that takes a cloud role',
    {
      'spec.worker.annotations': { 'iam.amazonaws.com/role': 'admin' },
    },
    reserved,
  ],
  [
    'an annotation that joins a network',
    {
      'spec.worker.annotations': { 'k8s.v1.cni.cncf.io/networks': 'dmz' },
    },
    reserved,
  ],
  ['a label with a space in its key', labels({ 'my team': 'x' }), 'a key must be a name'],
  ['a label with a space in its value', labels({ team: 'my team' })],
  ['more labels than there is room for', labels(manyLabels)],
  ['a node selector with a bad key', { 'spec.worker.nodeSelector': { '/x': 'y' } }, 'a key must be a name'],
  ['a toleration of nothing', toleration({ effect: 'NoSchedule' }), 'needs operator Exists'],
  [
    'a toleration that exists with a value',
    toleration({ key: 'a', operator: 'Exists', value: 'b' }),
    'has no value',
  ],
  [
    'a priority of the system',
    {
      'spec.worker.priorityClassName': 'system-node-critical',
    },
    'priority classes of the system',
  ],
  ['a service account', { 'spec.worker.serviceAccountName': 'admin' }],
  ['a command', { 'spec.worker.command': ['sh'] }],
  ['an image', { 'spec.worker.image': 'busybox' }],
  ['a security context', { 'spec.worker.securityContext': { runAsUser: 0 } }],
  ['a volume', { 'spec.worker.volumes': [{ name: 'a', hostPath: { path: '/' } }] }],
  ['a policy that is not known', { 'spec.deletionPolicy': 'Keep' }],
  ['a field that is not known', { 'spec.retnetion': {} }],
  ['another version of the group', { apiVersion: 'pgcairn.dev/v1' }],
]);

const operatorOnly: readonly ApiCase[] = (
  [
    ['30 February by a range of months', schedule('0 0 30 2-2 *'), 'never comes'],
    ['a range of weekdays downwards', schedule('0 0 * * FRI-MON'), 'larger than'],
    ['a table name of 80 bytes', tables(`public.${'ö'.repeat(40)}`), 'at most 63 bytes'],
  ] as const
).map(([name, set, says]) => ({ name, kind: 'PostgresBackup', set, verdict: 'operator', says }));

const apart: readonly ApiCase[] = [
  {
    name: 'a zone in capitals',
    kind: 'PostgresBackup',
    set: zone('EUROPE/BERLIN'),
    verdict: 'good',
    server: { verdict: 'refused', because: 'Go reads zone names letter by letter, JavaScript does not' },
  },
];

export const postgresBackupCases: readonly ApiCase[] = [...accepted, ...refused, ...operatorOnly, ...apart];
