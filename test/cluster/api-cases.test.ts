import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Kind } from '../../src/api/kinds.ts';
import { kinds } from '../../src/api/kinds.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { kubeconfigSource } from '../../src/kube/kubeconfig.ts';
import { collectionPath, withQuery } from '../../src/kube/resource-path.ts';
import type { Transport } from '../../src/kube/transport.ts';
import type { ApiCase } from '../builders/api-case.ts';
import { caseObject } from '../builders/api-case.ts';
import { backupDrillCases } from '../builders/backup-drill-cases.ts';
import { backupRepositoryCases } from '../builders/backup-repository-cases.ts';
import {
  fullBackupDrillStatus,
  fullBackupRepositoryStatus,
  fullPostgresBackupStatus,
} from '../builders/full-status.ts';
import { postgresBackupCases } from '../builders/postgres-backup-cases.ts';
import type { Kubectl } from './harness/kubectl.ts';
import { kubectlFor, waitFor } from './harness/kubectl.ts';
import { openCluster } from './harness/open.ts';
import { testTransport } from './harness/transport.ts';
import { install } from './stage/install.ts';

const namespace = `api-cases-${process.pid}`;
const names = Object.values(kinds).map(({ type }) => `${type.plural}.${type.group}`);
const cases = [...backupRepositoryCases, ...postgresBackupCases, ...backupDrillCases];

let kubectl: Kubectl;
let transport: Transport;
let scale: ((replicas: number) => Promise<string>) | undefined;

beforeAll(async () => {
  const cluster = await openCluster();
  kubectl = kubectlFor(cluster);
  transport = testTransport(kubeconfigSource([cluster.kubeconfigPath]), {
    rateLimit: { queriesPerSecond: 500, burst: 500 },
  });
  const { namespace: home } = await install(cluster);
  // The operator would put its own status in the place of the one that is to be printed.
  scale = (replicas) => kubectl.run(['scale', 'deployment/pgcairn', '-n', home, `--replicas=${replicas}`]);
  await scale(0);
  await kubectl.run([
    'wait',
    'pods',
    '-n',
    home,
    '-l',
    'app.kubernetes.io/name=pgcairn',
    '--for=delete',
    '--timeout=90s',
  ]);
  await served();
  await kubectl.createNamespace(namespace);
});

afterAll(async () => {
  await scale?.(2);
  await kubectl.deleteNamespace(namespace);
  await transport.close();
});

describe.each(cases)('$kind: $name', (row) => {
  it(`is ${expected(row)} by the API server`, async () => {
    const said = await refusal(row);

    expect(said === undefined ? 'good' : 'refused').toBe(expected(row));
    expect(said ?? '').toContain(row.verdict === 'schema' ? (row.says ?? '') : '');
  });
});

describe.each(Object.values(kinds))('$type.kind', (kind) => {
  it('has a description of every field', async () => {
    const { components } = (await transport.send(
      { method: 'GET', path: '/openapi/v3/apis/pgcairn.dev/v1alpha1', replayable: true, lane: 'shared' },
      {},
    )) as { components: { schemas: Record<string, OpenApiSchema> } };
    const schema = components.schemas[`dev.pgcairn.v1alpha1.${kind.type.kind}`] ?? {};

    expect(undescribed(schema, kind.type.kind)).toEqual([]);
  });

  it('is found by its short name and by its category', async () => {
    const resources = await kubectl.run(['api-resources', '--categories=pgcairn', '-o', 'wide']);

    const line = resources.split('\n').find((text) => text.includes(kind.type.plural)) ?? '';
    expect(line).toMatch(new RegExp(`^${kind.type.plural} +${kind.shortName} +pgcairn.dev/v1alpha1 +true`));
  });

  it('can be chosen by every selectable field', async () => {
    const selector = kind.selectableFields.map((path) => `${path.slice(1)}!=none`).join(',');

    expect(
      (await kubectl.try(['get', kind.type.plural, '-n', namespace, '--field-selector', selector])).ok,
    ).toBe(true);
  });
});

it('kubectl explain tells what a field means, its default included', async () => {
  const text = await kubectl.run(['explain', 'pgbackup.spec.retention.minimumVerified']);

  expect(text.replace(/\s+/g, ' ')).toContain('the last good run always does. Default: 2.');
});

it('a backup is printed with what its owner wants to know', async () => {
  await store('PostgresBackup', fullPostgresBackupStatus());

  const table = await kubectl.run(['get', 'pgbackup', 'shop', '-n', namespace]);

  expect(columns(table)).toEqual({
    NAME: 'shop',
    DATABASES: 'shop',
    SCHEDULE: '17 2 * * *',
    'LAST GOOD': expect.stringMatching(/^\d+[smhdy]/),
    VERIFIED: 'Inventoried',
    'LAST RUN': 'Verified',
    OBJECTIVE: 'Met',
    NEXT: '2026-11-21T01:21:40Z',
    READY: 'True',
    AGE: expect.stringMatching(/^\d+[sm]/),
  });
});

it('a repository is printed with what its owner wants to know', async () => {
  await store('BackupRepository', fullBackupRepositoryStatus());

  const table = await kubectl.run(['get', 'pgrepo', 'offsite', '-n', namespace]);

  expect(columns(table)).toEqual({
    NAME: 'offsite',
    STORE: 'S3',
    LOCATION: 'acme-backups/postgres',
    READY: 'True',
    REASON: 'ProbePassed',
    'LAST PROBE': expect.stringMatching(/^\d+[smhdy]/),
    AGE: expect.stringMatching(/^\d+[sm]/),
  });
});

it('a drill is printed with what its owner wants to know', async () => {
  await store('BackupDrill', fullBackupDrillStatus());

  const table = await kubectl.run(['get', 'pgdrill', 'shop-monthly', '-n', namespace]);

  expect(columns(table)).toEqual({
    NAME: 'shop-monthly',
    SOURCE: 'shop',
    VERDICT: 'Passed',
    RTO: '6m52s',
    RPO: '7h19m',
    OBJECTIVES: 'Missed',
    LAST: expect.stringMatching(/^\d+[smhdy]/),
    NEXT: '2026-12-01T03:00:00Z',
    READY: 'True',
    AGE: expect.stringMatching(/^\d+[sm]/),
  });
});

/** Stores the fullest object of a kind with a status, refusing every field that the definition does not know. */
async function store(kind: keyof typeof kinds, status: object): Promise<void> {
  const row = cases.find((each) => each.kind === kind && each.name === 'everything at once')!;
  const { type } = kinds[kind];
  const created = (await send(kinds[kind], caseObject(row), {})) as { metadata: { name: string } };
  await transport.send(
    {
      method: 'PATCH',
      path: withQuery(`${collectionPath(type, namespace)}/${created.metadata.name}/status`, {
        fieldValidation: 'Strict',
      }),
      body: { contentType: 'application/merge-patch+json', value: { status } },
      replayable: true,
      lane: 'shared',
    },
    {},
  );
}

function expected(row: ApiCase): 'good' | 'refused' {
  return row.server?.verdict ?? (row.verdict === 'schema' ? 'refused' : 'good');
}

/** What the API server says against a case; undefined when it would take it. */
async function refusal(row: ApiCase): Promise<string | undefined> {
  try {
    await send(kinds[row.kind], caseObject(row), { dryRun: 'All' });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 400)) return error.message;
    throw error;
  }
}

function send(kind: Kind, value: object, query: Readonly<Record<string, string>>): Promise<unknown> {
  const path = withQuery(collectionPath(kind.type, namespace), { ...query, fieldValidation: 'Strict' });
  const body = { contentType: 'application/json', value };
  return transport.send({ method: 'POST', path, body, replayable: false, lane: 'shared' }, {});
}

/** Established comes a moment before the paths do, and the description of the fields later still. */
async function served(): Promise<void> {
  await waitFor(
    'the API of pgcairn.dev',
    async () => {
      const explained = await kubectl.try(['explain', 'pgbackup.spec.schedule']);
      const listed = await kubectl.try(['get', names.join(',')]);
      return explained.ok && listed.ok;
    },
    { timeoutSeconds: 60 },
  );
}

interface OpenApiSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly items?: OpenApiSchema;
}

function undescribed(schema: OpenApiSchema, path: string): readonly string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    name === 'metadata' ? [] : undescribed(field, `${path}.${name}`),
  );
  const items = schema.items ? undescribed({ description: 'item', ...schema.items }, `${path}[]`) : [];
  return [...(schema.description ? [] : [path]), ...below, ...items];
}

/** The cells of a table of one row by the heads of its columns. */
function columns(table: string): Readonly<Record<string, string>> {
  const [head = '', row = ''] = table.split('\n');
  const starts = [...head.matchAll(/\S+( \S+)*/g)].map(({ index, 0: name }) => ({ index, name }));
  return Object.fromEntries(
    starts.map(({ index, name }, i) => [name, row.slice(index, starts[i + 1]?.index).trim()]),
  );
}
