import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject, ResourceType } from '../../src/base/resource.ts';
import { backupDrillType } from '../../src/api/v1alpha1/backup-drill.ts';
import type { PostgresBackup } from '../../src/api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../../src/api/v1alpha1/postgres-backup.ts';
import { fullBackupDrillStatus, fullPostgresBackupStatus } from '../builders/full-status.ts';
import type { FakeApiServer } from '../fault/fake-api-server/index.ts';
import { startFakeApiServer } from '../fault/fake-api-server/index.ts';
import type { CliRig, RunningCli } from './cli-rig.ts';
import { backupObject, drillObject, makeCliRig } from './cli-rig.ts';

const requested = 'pgcairn.dev/run-requested';
let api: FakeApiServer;
let rig: CliRig;
beforeEach(async () => {
  [api, rig] = await Promise.all([startFakeApiServer(), makeCliRig()]);
  api.tokens = new Set(['good']);
  await writeKubeconfig('good');
  api.seed(postgresBackupType, backupObject());
  api.seed(backupDrillType, drillObject());
});
afterEach(async () => {
  await Promise.all([api.close(), rig.remove()]);
});

async function writeKubeconfig(token: string): Promise<void> {
  const config = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    clusters: [{ name: 'c', cluster: { server: api.url } }],
    users: [{ name: 'u', user: { token } }],
  };
  await writeFile(join(rig.home, 'kubeconfig'), stringify(config));
}

const environment = { KUBECONFIG: 'kubeconfig' };
const key = { namespace: 'shop', name: 'shop' };
const drillKey = { namespace: 'shop', name: 'shop-monthly' };

function annotationOf(object: KubeObject | undefined): string | undefined {
  return object?.metadata.annotations?.[requested];
}

/** Until the program has asked for a run; the value of its request. */
async function requestOf(read: () => KubeObject | undefined): Promise<string> {
  for (;;) {
    const value = annotationOf(read());
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('run', () => {
  test('asks for a run by the annotation, in the namespace of the context', async () => {
    const end = await rig.run(['run', 'backup/shop'], { environment });

    expect(end).toMatchObject({ exitCode: 0 });
    expect(annotationOf(api.read<PostgresBackup>(postgresBackupType, key))).toMatch(/^20\d\d-/);
  });

  const record = {
    runId: '20261121T000000Z-7f3a',
    trigger: 'Request' as const,
    slotTime: '2026-11-21T00:00:00Z',
    message: '4.1 GiB in 38 s',
  };

  /** Plays the operator: takes the request up, and ends the run as told. */
  async function play(running: RunningCli, kind: 'backup' | 'drill', ending: object): Promise<void> {
    const [anyType, at] = kind === 'backup' ? [postgresBackupType, key] : [backupDrillType, drillKey];
    const type = anyType as ResourceType;
    const value = await requestOf(() => api.read(type, at));
    const startTime = `${new Date().toISOString().slice(0, 19)}Z`;
    const currentRun = {
      ...record,
      startTime,
      message: undefined,
      jobName: 'shop-run',
      stage: 'Running',
      progress: { step: 'dumping shop', bytes: 4096, objects: 0, updateTime: startTime },
    };
    await running.until(/waiting for the operator to begin \(the operator has not looked at it yet\)/);
    api.patch(type, at, { status: { lastRequest: value, currentRun } }, 'status');
    await running.until(/20261121T000000Z-7f3a: dumping shop, 4\.0 KiB/);
    const ended = { ...record, startTime, completionTime: startTime, ...ending };
    const status = kind === 'backup' ? { runs: [ended] } : { history: [ended], lastRun: ended };
    const conditions = [
      {
        type: 'LastRunSucceeded',
        status: 'True',
        reason: 'Verified',
        message: 'words',
        lastTransitionTime: startTime,
      },
    ];
    api.patch(type, at, { status: { currentRun: null, conditions, ...status } }, 'status');
  }

  test.each([
    ['Succeeded', 0],
    ['Failed', 1],
  ])('follows a backup to its end: %s gives %i', async (outcome, exitCode) => {
    const running = rig.start(['run', 'backup/shop', '--wait'], { environment });
    await play(running, 'backup', { outcome, reason: 'Verified' });
    const end = await running.ended;

    expect(end).toMatchObject({ exitCode });
    expect(end.stdout).toMatch(
      new RegExp(
        `^backup/shop: 20261121T000000Z-7f3a: ${outcome.toUpperCase()}: Verified: 4\\.1 GiB in 38 s\n`,
      ),
    );
    expect(end.stdout).toMatch(/^ {2}LastRunSucceeded=True Verified: words$/m);
  });

  test.each([
    ['Passed', 0],
    ['Failed', 1],
    ['Inconclusive', 2],
  ])('follows a drill to its end: %s gives %i', async (verdict, exitCode) => {
    const running = rig.start(['run', 'drill/shop-monthly', '--wait'], { environment });
    await play(running, 'drill', { verdict, reason: verdict });

    expect(await running.ended).toMatchObject({ exitCode });
  });

  test('whose request another one replaces does not wait for ever', async () => {
    const running = rig.start(['run', 'backup/shop', '--wait'], { environment });
    await requestOf(() => api.read<PostgresBackup>(postgresBackupType, key));
    api.patch(postgresBackupType, key, { metadata: { annotations: { [requested]: 'another' } } });
    const { exitCode, stdout } = await running.ended;

    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/another request took the place of this one/);
  });

  test('that does not end in the time given ends the wait, and not the run', async () => {
    const { exitCode, stdout } = await rig.run(['run', 'backup/shop', '--wait', '--timeout', '1'], {
      environment,
    });

    expect(exitCode).toBe(2);
    expect(stdout).toMatch(/it has not ended in the time given/);
  });

  test.each([
    [
      'an object that is not there',
      ['run', 'backup/till'],
      64,
      /the cluster has no PostgresBackup till in namespace shop/,
    ],
    ['another namespace', ['run', 'backup/shop', '-n', 'x'], 64, /no PostgresBackup shop in namespace x/],
    ['a kind without runs', ['run', 'repository/offsite'], 64, /must be backup\/NAME or drill\/NAME/],
    ['a kubeconfig that is not there', ['status', '--kubeconfig', 'no'], 64, /cannot read the kubeconfig no/],
    ['a context that is not there', ['status', '--context', 'no'], 64, /has no context "no"/],
  ])('of %s says so in one line', async (_, args, exitCode, says) => {
    const end = await rig.run(args, { environment });

    expect(end.exitCode).toBe(exitCode);
    expect(end.stderr).toMatch(says);
    expect(end.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('by a user without rights ends with 1, in the words of the API server', async () => {
    await writeKubeconfig('wrong');

    const { exitCode, stderr } = await rig.run(['run', 'backup/shop'], { environment });

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^pgcairn: .*Unauthorized/i);
  });
});

describe('status', () => {
  /** Nothing is late, whatever the date. */
  const inTime = { missedRuns: undefined, nextRunTime: '2126-01-01T00:00:00Z' };

  test('is 0 while everything is good or waits for its first run', async () => {
    api.patch(postgresBackupType, key, { status: { ...fullPostgresBackupStatus(), ...inTime } }, 'status');

    const { exitCode, stdout } = await rig.run(['status'], { environment });

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^NAMESPACE +OBJECT +STATE +KNOWN +WHAT TO DO\n/);
    expect(stdout).toMatch(/^shop +backup\/shop +Good +data \d+ \w+ old, proven \d+ \w+ ago$/m);
    expect(stdout).toMatch(/^shop +drill\/shop-monthly +Waiting +no drill yet /m);
    expect(stdout).toMatch(/\n1 of 2 is good, 1 waits for its first run\n$/);
  });

  test('is 1 when a drill that is to prove a good backup is overdue', async () => {
    api.patch(postgresBackupType, key, { status: { ...fullPostgresBackupStatus(), ...inTime } }, 'status');
    const spec = { identitySecretRef: { name: 'shop-age-identity' }, schedule: '@monthly' };
    api.patch(backupDrillType, drillKey, { spec });
    const { lastPassed, ...status } = fullBackupDrillStatus();
    const longAgo = { lastPassed: { ...lastPassed, time: '2024-01-01T00:00:00Z' }, history: [] };
    const conditions = status.conditions.filter(({ type }) => type !== 'ObjectivesMet');
    api.patch(
      backupDrillType,
      drillKey,
      { status: { ...status, ...inTime, nextRunTime: undefined, ...longAgo, conditions } },
      'status',
    );

    const { exitCode, stdout } = await rig.run(['status'], { environment });

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/backup\/shop +Attention .* its proof is overdue: look at drill\/shop-monthly$/m);
    expect(stdout).toMatch(
      /drill\/shop-monthly +Attention .* by its schedule a drill should have passed by /m,
    );
  });

  test('is 1 when something needs attention, and says what to do', async () => {
    const failed = {
      type: 'LastRunSucceeded',
      status: 'False',
      reason: 'WrongPassword',
      message: 'role app is refused',
      lastTransitionTime: '2026-11-20T00:00:00Z',
    };
    api.seed(postgresBackupType, backupObject({}, { namespace: 'till' }));
    api.patch(
      postgresBackupType,
      { ...key, namespace: 'till' },
      { status: { conditions: [failed] } },
      'status',
    );
    api.patch(
      backupDrillType,
      drillKey,
      { status: { ...fullBackupDrillStatus(), ...inTime, conditions: [] } },
      'status',
    );

    const here = await rig.run(['status'], { environment });
    const everywhere = await rig.run(['status', '-A', '-o', 'json'], { environment });

    expect(here).toMatchObject({ exitCode: 0 });
    expect(here.stdout).not.toMatch(/till/);
    expect(everywhere).toMatchObject({ exitCode: 1 });
    expect(JSON.parse(everywhere.stdout)).toContainEqual({
      namespace: 'till',
      object: 'backup/shop',
      state: 'Attention',
      known: 'no verified run',
      advice: 'WrongPassword: role app is refused -- Correct the connection Secret.',
    });
  });
});
