import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresServerTree } from '../../scripts/tools/postgres.ts';
import { Evidence } from '../../src/domain/evidence.ts';
import type { CliEnd, CliRig } from './cli-rig.ts';
import {
  backupObject,
  databaseSecret,
  drillObject,
  identitySecret,
  makeCliRig,
  repositoryObject,
  signingSecret,
} from './cli-rig.ts';
import type { PostgresServer } from './servers/postgres-server.ts';
import { startServer } from './servers/postgres-server.ts';

const interesting = fileURLToPath(new URL('../../demo/data/interesting.sql', import.meta.url));
const repository = ['-f', 'repository.yaml', '--volume', 'backups=volume'];
const encrypted = { identitySecretRef: { name: 'shop-age-identity' } };

let server: PostgresServer;
let rig: CliRig;
let programs: string;

beforeAll(async () => {
  [server, rig, programs] = await Promise.all([startServer('16'), makeCliRig(), postgresServerTree('16')]);
  await server.createDatabase('shop');
  await server.run(interesting, 'shop');
  await rig.write('repository.yaml', repositoryObject(rig.keys), signingSecret(rig.keys));
  await rig.write('backup.yaml', backupObject(), databaseSecret(server));
  await rig.write('identity.yaml', identitySecret(rig.keys));
  await rig.write('drill.yaml', drillObject(encrypted));
  await writeFile(join(rig.home, 'public.pem'), rig.keys.publicPem);
  await rig.runWell(['backup', '-f', 'backup.yaml', ...repository]);
});
afterAll(async () => {
  await Promise.all([server?.stop(), rig?.remove()]);
});

function withAll(command: string, file: string, ...more: readonly string[]): string[] {
  return [command, '-f', file, '-f', 'identity.yaml', ...repository, '--postgres', programs, ...more];
}

function drill(file: string, ...more: readonly string[]): Promise<CliEnd> {
  return rig.run(withAll('drill', file, ...more));
}

/** Changes one bit of the newest run's dump for as long as `work` takes. */
async function withDamagedDump<Result>(work: (path: string) => Promise<Result>): Promise<Result> {
  const dump = (await rig.stored()).findLast((path) => path.endsWith('shop.dump.age')) ?? '';
  const path = join(rig.volume, dump);
  const good = await readFile(path);
  const bad = Buffer.from(good);
  bad[1000] = (bad[1000] ?? 0) ^ 1;
  await writeFile(path, bad);
  try {
    return await work(dump);
  } finally {
    await writeFile(path, good);
  }
}

describe('a drill that passes', () => {
  let end: CliEnd;
  beforeAll(async () => {
    end = await drill('drill.yaml', '--evidence', 'copy');
  });

  test('ends with 0, says what it measured and checked, and leaves nothing but evidence', () => {
    expect(end).toMatchObject({ exitCode: 0, left: [] });
    expect(end.stdout).toMatch(/^shop\/shop-monthly: PASSED\n/);
    expect(end.stdout).toMatch(
      /^ {2}run 20\S+ of shop\/shop, data of 20\S+, 4\.1 MiB stored, restored into PostgreSQL 16/m,
    );
    expect(end.stdout).toMatch(/^ {2}recovery takes \d/m);
    expect(end.stdout).toMatch(/^ {2}Rows shop +passed +5,944 rows in 16 tables/m);
    expect(end.stdout).toMatch(/^ {2}Control FlippedBit +caught /m);
    expect(end.stdout).toMatch(/^ {2}evidence: \S+ in volume backups\/ \(folder volume\), signed, sha256:/m);
    expect(end.stderr).toMatch(/^ {2}fetching objects: 4\.1 MiB in /m);
    expect(end.stdout + end.stderr).not.toContain(rig.keys.identity);
  });

  test('has its evidence copied as it lies in the repository', async () => {
    const [runId = ''] = await readdir(join(rig.home, 'copy/shop/shop-monthly'));

    for (const name of ['evidence.json', 'evidence.html', 'evidence.dsse.json']) {
      const copy = await readFile(join(rig.home, 'copy/shop/shop-monthly', runId, name));
      const stored = await readFile(join(rig.volume, '_drills/shop/shop-monthly', runId, name));
      expect(copy.equals(stored)).toBe(true);
    }
  });

  test('is the proof of its run in the list', async () => {
    const { stdout } = await rig.run(['list', ...repository]);

    expect(stdout).toMatch(/ yes +20\d\d-\d\d-\d\d by shop\/shop-monthly\n/);
  });

  test('has evidence that the public key verifies, and a changed byte is found and named', async () => {
    const verify = ['evidence', 'verify', 'copy', '--public-key', 'public.pem'];
    const good = await rig.run(verify);
    const [runId = ''] = await readdir(join(rig.home, 'copy/shop/shop-monthly'));
    const page = join(rig.home, 'copy/shop/shop-monthly', runId, 'evidence.html');
    await writeFile(page, `${await readFile(page, 'utf8')} `);
    const bad = await rig.run(verify);

    expect(good).toMatchObject({ exitCode: 0 });
    expect(good.stdout).toMatch(
      /number 1, Passed of run \S+, signature valid\n {2}1 evidence: the chain holds/,
    );
    expect(bad).toMatchObject({ exitCode: 1 });
    expect(bad.stdout).toMatch(/DOES NOT HOLD: evidence\.html has sha256:/);
  });
});

test('a drill that logs all it does repeats no secret, neither there nor in its result', async () => {
  await rig.write('loud.yaml', drillObject(encrypted, { name: 'loud' }));

  const { exitCode, stdout, stderr } = await drill('loud.yaml', '--log-level', 'debug', '-o', 'json');
  const backup = await rig.run(withAll('backup', 'backup.yaml', '--log-level', 'debug', '-o', 'json'));

  expect([exitCode, backup.exitCode]).toEqual([0, 0]);
  expect(stderr).toMatch(/"msg":"task begins"/);
  const said = stdout + stderr + backup.stdout + backup.stderr;
  const [, keyLine = ''] = rig.keys.signingPem.split('\n');
  for (const secret of [rig.keys.identity, keyLine, server.password]) expect(said).not.toContain(secret);
});

test('a drill of a damaged backup fails, ends with 1, and CI systems are told which object it is', async () => {
  const { exitCode, stdout, left } = await withDamagedDump(() => drill('drill.yaml', '-o', 'junit'));

  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/<testsuite name="drill\.shop\.shop-monthly" tests="\d+" failures="1" errors="0"/);
  expect(stdout).toMatch(/<property name="verdict" value="Failed"\/>/);
  expect(stdout).toMatch(/name="Digests" time="[^"]+">\s+<failure message="[^"]*shop\.dump\.age/);
  expect(left).toEqual([]);
});

test('a drill without the identity is inconclusive, ends with 2, and its JSON says why', async () => {
  await rig.write('blind.yaml', drillObject({}, { name: 'blind' }));

  const { exitCode, stdout } = await drill('blind.yaml', '-o', 'json');

  expect(exitCode).toBe(2);
  const { verdict, evidence } = JSON.parse(stdout) as { verdict: string; evidence: unknown };
  expect(verdict).toBe('Inconclusive');
  expect(Evidence.parse(evidence)).toMatchObject({ verdict: 'Inconclusive', reason: 'IdentityInvalid' });
});

test('a drill needs no PostgresBackup where there is one repository, and restores the run that is named', async () => {
  const { stdout: listed } = await rig.run(['list', ...repository, '-o', 'json']);
  const { backups } = JSON.parse(listed) as { backups: { runs: { runId: string }[] }[] };
  const runId = backups[0]?.runs.at(-1)?.runId ?? '';
  await rig.write(
    'named.yaml',
    drillObject({ ...encrypted, source: { backupRef: { name: 'shop' }, pick: runId } }, { name: 'named' }),
  );

  const { exitCode, stdout } = await drill('named.yaml');

  expect(exitCode).toBe(0);
  expect(stdout).toMatch(new RegExp(`run ${runId} of shop/shop`));
});

test('a drill whose evidence cannot be stored is inconclusive, and says so', async () => {
  await rig.write('full.yaml', drillObject(encrypted, { name: 'full' }));
  await writeFile(join(rig.volume, '_drills/shop/full'), 'a file where the folder should be');

  const { exitCode, stdout, left } = await drill('full.yaml', '-o', 'junit');
  await rm(join(rig.volume, '_drills/shop/full'));

  expect(exitCode).toBe(2);
  expect(stdout).toMatch(/<error message="EvidenceNotWritten: /);
  expect(left).toEqual([]);
});

test('a drill that is stopped by Ctrl-C ends with 130 and leaves no server, no folder and no evidence', async () => {
  await rig.write('stopped.yaml', drillObject(encrypted, { name: 'stopped' }));
  const running = rig.start(withAll('drill', 'stopped.yaml'));
  await running.until(/fetching objects/);

  running.kill('SIGINT');
  const { exitCode, stdout, left } = await running.ended;

  expect(exitCode).toBe(130);
  expect(stdout).toMatch(/INCONCLUSIVE\n {2}Interrupted: /);
  expect(left).toEqual([]);
  expect(await readdir(join(rig.home, 'tmp'))).toEqual([]);
  expect((await rig.stored()).filter((path) => path.startsWith('_drills/shop/stopped/'))).toEqual([]);
});

test('a second Ctrl-C ends a drill at once, and still leaves no server and no folder', async () => {
  await rig.write('hurried.yaml', drillObject(encrypted, { name: 'hurried' }));
  const running = rig.start(withAll('drill', 'hurried.yaml'));
  await running.until(/opening objects/);
  const [server] = await readdir(join(rig.home, 'tmp'));

  running.kill('SIGINT');
  // Signals that come together are one.
  await new Promise((resolve) => setTimeout(resolve, 20));
  running.kill('SIGINT');
  const { exitCode, left } = await running.ended;

  expect(server).toBeDefined();
  expect({ exitCode, left }).toEqual({ exitCode: 130, left: [] });
  expect(await readdir(join(rig.home, 'tmp'))).toEqual([]);
});

describe('a suite', () => {
  test('carries out every drill, and ends as the worst of them', async () => {
    await rig.write(
      'suite.yaml',
      drillObject({}, { name: 'suite-blind' }),
      drillObject(encrypted, { name: 'suite-good' }),
    );

    // What cannot be copied is said, and changes no verdict.
    await mkdir(join(rig.home, 'copies'));
    await rig.write('copies/shop', 'in the way');
    const args = withAll('suite', 'suite.yaml', '--artifact', 'all.json', '--evidence', 'copies');
    const { exitCode, stdout, stderr, left } = await rig.run(args);

    expect({ exitCode, left }).toEqual({ exitCode: 2, left: [] });
    expect(stderr.match(/^--evidence: copies\/shop\/suite-\S+ cannot be written: /gm)).toHaveLength(2);
    expect(stdout).toMatch(/^DRILL +VERDICT +RUN +RTO +RPO +ROWS +WHY\n/);
    expect(stdout).toMatch(
      /^shop\/suite-blind +Inconclusive +20\S+ +- +[\d.]+ (s|min) +\d+ +IdentityInvalid: \S.*$/m,
    );
    expect(stdout).toMatch(/^shop\/suite-good +Passed +20\S+ +[\d.]+ (s|min) +[\d.]+ (s|min) +5944$/m);
    const artifact = JSON.parse(await readFile(join(rig.home, 'all.json'), 'utf8')) as {
      verdict: string;
      drills: { verdict: string; evidence: unknown }[];
    };
    expect(artifact.verdict).toBe('Inconclusive');
    expect(artifact.drills.map((one) => Evidence.parse(one.evidence).verdict)).toEqual([
      'Inconclusive',
      'Passed',
    ]);
  });

  test('whose drills cannot even begin blames no backup, and writes its artifact', async () => {
    await rig.write(
      'none.yaml',
      drillObject(encrypted, { name: 'a' }),
      drillObject(encrypted, { name: 'b' }),
    );

    const environment = { TMPDIR: join(rig.home, 'nowhere') };
    const args = withAll('suite', 'none.yaml', '--artifact', 'none.json');
    const { exitCode } = await rig.run(args, { environment });

    expect(exitCode).toBe(2);
    const artifact = JSON.parse(await readFile(join(rig.home, 'none.json'), 'utf8')) as {
      drills: { verdict: string; report: object }[];
    };
    expect(artifact.drills).toMatchObject([
      { verdict: 'Inconclusive', report: { kind: 'failed', reason: 'Internal' } },
      { verdict: 'Inconclusive', report: { kind: 'failed', reason: 'Internal' } },
    ]);
  });

  test('of drills of which one failed ends with 1, also after one that is inconclusive', async () => {
    await rig.write(
      'bad.yaml',
      drillObject({}, { name: 'bad-blind' }),
      drillObject(encrypted, { name: 'bad' }),
    );

    const { exitCode, stdout } = await withDamagedDump(() =>
      rig.run(withAll('suite', 'bad.yaml', '-o', 'junit')),
    );

    expect(exitCode).toBe(1);
    expect(stdout.match(/<testsuite /g)).toHaveLength(2);
  });
});

describe('evidence in a repository', () => {
  test('is verified drill by drill, and one that was removed from the middle is missed', async () => {
    const verify = ['evidence', 'verify', '--drill', 'shop/shop-monthly', '--volume', 'volume'];
    const key = ['--public-key', 'public.pem'];
    expect((await drill('drill.yaml')).exitCode).toBe(0);
    const good = await rig.run([...verify, ...key]);
    const folder = join(rig.volume, '_drills/shop/shop-monthly');
    const [, second = ''] = (await readdir(folder)).toSorted();
    await cp(join(folder, second), join(rig.home, 'aside'), { recursive: true });
    await rm(join(folder, second), { recursive: true });
    const bad = await rig.run([...verify, ...key]);
    await cp(join(rig.home, 'aside'), join(folder, second), { recursive: true });

    expect(good).toMatchObject({ exitCode: 0 });
    expect(good.stdout).toMatch(/3 evidences: the chain holds\n$/);
    expect(bad).toMatchObject({ exitCode: 1 });
    expect(bad.stdout).toMatch(
      new RegExp(`DOES NOT HOLD: the evidence before it, of run ${second}, is missing`),
    );
  });

  test('of no drill is no success', async () => {
    const { exitCode, stdout } = await rig.run(['evidence', 'verify', 'tmp']);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: 'there is no evidence\n' });
  });

  test('of one run is to be named by the folder above it', async () => {
    const [last = ''] = (await readdir(join(rig.volume, '_drills/shop/shop-monthly'))).toSorted();

    const end = await rig.run(['evidence', 'verify', `volume/_drills/shop/shop-monthly/${last}`]);

    expect(end).toMatchObject({ exitCode: 64, stdout: '' });
    expect(end.stderr).toMatch(/is one evidence: give the folder above it/);
  });

  test('of a part of a chain holds when it is said to be one', async () => {
    const [last = ''] = (await readdir(join(rig.volume, '_drills/shop/shop-monthly')))
      .toSorted()
      .toReversed();
    await cp(join(rig.volume, '_drills/shop/shop-monthly', last), join(rig.home, 'part', last), {
      recursive: true,
    });

    expect(await rig.run(['evidence', 'verify', 'part'])).toMatchObject({ exitCode: 1 });
    expect(await rig.run(['evidence', 'verify', 'part', '--partial'])).toMatchObject({ exitCode: 0 });
  });
});

describe('what cannot be begun', () => {
  const cases: readonly { what: string; objects: () => object[]; args?: readonly string[]; says: RegExp }[] =
    [
      {
        what: 'two drills in one file',
        objects: () => [drillObject(encrypted), drillObject(encrypted, { name: 'other' })],
        says: /2 objects of kind BackupDrill: shop\/shop-monthly, shop\/other\. Choose one with --name/,
      },
      {
        what: 'a missing identity',
        objects: () => [drillObject({ identitySecretRef: { name: 'lost' } })],
        says: /spec\.identitySecretRef: Secret lost is not given/,
      },
      {
        what: 'a PostgresBackup that is not there, among others',
        objects: () => [drillObject({ source: { backupRef: { name: 'till' } } }), backupObject()],
        says: /spec\.source\.backupRef\.name: the files hold no PostgresBackup till in namespace shop, but shop\/shop/,
      },
      {
        what: 'a repository that is not there',
        objects: () => [
          drillObject({ source: { repository: { repositoryRef: { name: 'x' }, path: 'a/b' } } }),
        ],
        says: /spec\.source\.repository\.repositoryRef\.name: the files hold no BackupRepository x/,
      },
      {
        what: 'a schedule that no clock gives',
        objects: () => [drillObject({ schedule: '0 3 31 2 *' })],
        says: /BackupDrill shop-monthly: spec\.schedule: /,
      },
    ];

  test.each(cases)('$what: one line, exit code 64, and no evidence of it', async ({ objects, says }) => {
    const before = await rig.stored();
    await rig.write('wrong.yaml', ...objects());

    const { exitCode, stderr, stdout } = await drill('wrong.yaml');

    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: '' });
    expect(await rig.stored()).toEqual(before);
  });
});
