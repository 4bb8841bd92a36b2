import { describe, expect, it } from 'vitest';
import { backupDrill, backupDrillSpec } from '../../../test/builders/backup-drill.ts';
import type { BackupDrillParts } from '../../../test/builders/backup-drill.ts';
import { backupRepositorySpec } from '../../../test/builders/backup-repository.ts';
import { drillFacts } from '../../../test/builders/drill-facts.ts';
import { someSettings as settings } from '../../../test/builders/settings.ts';
import { postgresBackup } from '../../../test/builders/postgres-backup.ts';
import type { BackupDrillStatus } from '../../api/v1alpha1/backup-drill.ts';
import type { CurrentRun } from '../../api/v1alpha1/run-status.ts';
import { releaseJob } from '../job/release.ts';
import { drillJob, inspectDrillJob } from './objects.ts';

const run: CurrentRun = {
  runId: '20261201T030000Z-7f3a',
  trigger: 'Schedule',
  slotTime: '2026-12-01T03:00:00Z',
  jobName: 'shop-monthly-0123456789',
  stage: 'Launching',
  startTime: '2026-12-01T03:00:01Z',
};
const backup = postgresBackup({
  status: {
    server: { version: '16.9', sizeBytes: 1_000_000_000 },
    lastSuccess: {
      runId: 'x',
      snapshotTime: '2026-12-01T02:17:10Z',
      storedBytes: 100_000_000,
      verifiedTo: 'Inventoried',
    },
  },
});

interface Container {
  readonly name: string;
  readonly image: string;
  readonly restartPolicy?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly object[];
  readonly resources: { readonly requests: Record<string, string>; readonly limits: Record<string, string> };
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface Pod {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly ({ readonly name: string } & Record<string, unknown>)[];
}
interface Template {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: Pod;
}
function jobsOf(
  parts: BackupDrillParts['spec'] = {},
  source: typeof backup | undefined = backup,
  status?: BackupDrillParts['status'],
) {
  const spec = backupDrillSpec(parts);
  const from = {
    settings,
    drill: backupDrill({ spec: parts, ...(status && { status }) }),
    repository: backupRepositorySpec({
      s3: { bucket: 'acme', credentialsSecretRef: { name: 'keys' } },
      signing: { keySecretRef: { name: 'sign' } },
    }),
    backup: source,
    reach: { egress: [], hostAliases: [{ ip: '10.96.0.9', hostnames: ['s3'] }] },
  };
  const drill = drillJob(from, spec, 'registry.test/postgres:16', run);
  const inspect = inspectDrillJob(from, spec, run);
  return { drill, inspect, template: drill.spec!['template'] as Template };
}
const podOf = (parts: BackupDrillParts['spec'] = {}, source = backup): Pod =>
  jobsOf(parts, source).template.spec;
const named = <T extends { readonly name: string }>(all: readonly T[] | undefined, name: string): T =>
  all!.find((one) => one.name === name)!;
const secretsOf = (containers: readonly Container[], pod: Pod): readonly string[] => {
  const mounted = containers.flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
  return pod.volumes.filter(({ name, secret }) => secret && mounted.includes(name)).map(({ name }) => name);
};
const application = { image: 'registry.test/shop:1', command: ['shop', 'check', '--all'] };

describe('the Job of a drill', () => {
  it('is suspended, and ends after the worker has kept its deadline and the look at a failed server', () => {
    const { drill } = jobsOf({ limits: { deadlineSeconds: 600, retries: 3 }, keepFailedSeconds: 300 });
    expect(drill.spec).toMatchObject({ suspend: true, backoffLimit: 3, activeDeadlineSeconds: 1020 });
    expect(drill.metadata.annotations).toMatchObject({
      'pgcairn.dev/run-id': run.runId,
      'pgcairn.dev/source': 'shop',
      'pgcairn.dev/location': 's3://acme at AWS',
    });
    expect(drill.metadata.annotations).not.toHaveProperty('pgcairn.dev/server-lease');
  });

  it('has every container restricted, with a read-only root and no token', () => {
    const pod = podOf({ checks: { application } });
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    const all = [...pod.initContainers!, ...pod.containers];
    expect(all.map(({ name }) => name)).toEqual(['gate', 'application', 'server', 'worker']);
    for (const { securityContext } of all) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('gives every Secret to the worker alone, the identity among them', () => {
    const pod = podOf({ checks: { application } });
    expect(secretsOf(pod.containers, pod)).toEqual(['store', 'signing', 'identity']);
    expect(secretsOf(pod.initContainers!, pod)).toEqual([]);
    expect(named(pod.volumes, 'identity')).toMatchObject({
      secret: { secretName: 'shop-age-identity', items: [{ key: 'identity', path: 'identity' }] },
    });
  });

  it.each([
    ['a server', {}],
    ['an application', { checks: { application } }],
  ])('keeps an identity of the cloud from %s', (_, parts) => {
    const mine = { 'eks.amazonaws.com/skip-containers': 'worker' };
    const { template } = jobsOf({ ...parts, worker: { annotations: mine } });
    const names = (template.spec.initContainers ?? []).map(({ name }) => name);
    expect(names).toContain('server');
    expect(template.metadata.annotations).toMatchObject({
      'eks.amazonaws.com/skip-containers': names.join(','),
      'azure.workload.identity/skip-containers': names.join(';'),
    });
  });

  it('lets its pod find the store without a name service', () => {
    expect(podOf()).toMatchObject({ hostAliases: [{ ip: '10.96.0.9', hostnames: ['s3'] }] });
  });
});

describe('the task of a drill', () => {
  it('names the newest evidence of the same source that the status knows of', () => {
    const { evidence, ...facts } = drillFacts('20261101T030000Z-7f3a');
    const record = {
      runId: facts.runId,
      trigger: 'Schedule',
      slotTime: facts.startTime,
      startTime: facts.startTime,
      completionTime: facts.completionTime,
    } as const;
    const history: BackupDrillStatus['history'] = [
      { ...record, runId: '20261115T030000Z-7f3a', verdict: 'Inconclusive', reason: 'Internal', message: '' },
      { ...record, verdict: 'Passed', reason: 'Passed', message: '', evidence },
    ];
    const taskOf = (status?: BackupDrillStatus): unknown =>
      JSON.parse(jobsOf({}, backup, status).template.metadata.annotations['pgcairn.dev/task']!);
    const known = { runId: record.runId, digest: evidence.digest };
    expect(taskOf({ source: 'shop', history })).toHaveProperty('evidence', known);
    expect(taskOf({ source: 'other', history })).not.toHaveProperty('evidence');
    expect(taskOf()).not.toHaveProperty('evidence');
  });
});

describe('the throw-away server', () => {
  it('is a sidecar that shares its socket with the worker, and sees one folder of the volume of the drill', () => {
    const pod = podOf({ checks: { application } });
    const server = named(pod.initContainers, 'server');
    expect(server).toMatchObject({ image: 'registry.test/postgres:16', restartPolicy: 'Always' });
    const socket = { name: 'socket', mountPath: '/run/pgcairn/socket' };
    const drill = { name: 'drill', mountPath: '/run/pgcairn/drill' };
    expect(pod.containers[0]!.volumeMounts).toEqual(expect.arrayContaining([drill, socket]));
    expect(server.volumeMounts).toContainEqual(socket);
    const others = pod.initContainers!.flatMap(({ volumeMounts }) => volumeMounts);
    expect(others.filter(({ name }) => name === 'drill')).toEqual([{ ...drill, subPath: 'server' }]);
  });

  it('has a name for the user that it runs under', () => {
    const { template } = jobsOf();
    expect(named(template.spec.initContainers, 'server').volumeMounts).toContainEqual({
      name: 'passwd',
      mountPath: '/etc/passwd',
      subPath: 'passwd',
      readOnly: true,
    });
    expect(template.metadata.annotations['pgcairn.dev/passwd']).toContain('postgres:x:10001:10001:');
  });

  it('is made for the memory, processors and room that it gets, with the settings of its owner', () => {
    const pod = podOf({
      server: {
        resources: { limits: { memory: '4Gi', cpu: '3' } },
        settings: { shared_preload_libraries: 'timescaledb' },
      },
    });
    const [, , script] = named(pod.initContainers, 'server').command!;
    expect(script).toContain(`'shared_buffers=1024MB'`);
    expect(script).toContain(`'max_parallel_workers=3'`);
    expect(script).toContain(`'shared_preload_libraries=timescaledb'`);
  });

  it('works on the disk of the node, within a limit, with room that the scheduler keeps', () => {
    const pod = podOf();
    expect(named(pod.volumes, 'drill')).toEqual({ name: 'drill', emptyDir: { sizeLimit: '2646Mi' } });
    expect(named(pod.initContainers, 'server').resources).toMatchObject({
      requests: { 'ephemeral-storage': '2710Mi' },
      limits: { 'ephemeral-storage': '2902Mi' },
    });
  });

  it('knows what it may take of the disk of the node, and of a claim sees it', () => {
    const taskOf = (volume: object): unknown =>
      JSON.parse(jobsOf({ server: { volume } }).template.metadata.annotations['pgcairn.dev/task']!);
    expect(taskOf({ size: '60Mi' })).toMatchObject({ volumeBytes: 60 * 1024 ** 2 });
    expect(taskOf({})).toMatchObject({ volumeBytes: 2646 * 1024 ** 2 });
    expect(taskOf({ size: '60Mi', storageClassName: 'fast' })).not.toHaveProperty('volumeBytes');
  });

  it('asks the scheduler for no room where its size is a guess', () => {
    const pod = podOf({ source: { backupRef: { name: 'shop' } } }, postgresBackup());
    const { requests, limits } = named(pod.initContainers, 'server').resources;
    expect(requests['ephemeral-storage']).toBe('64Mi');
    expect(limits['ephemeral-storage']).toBe('20736Mi');
  });

  it('works on a volume of a storage class that goes with the pod, and the pod soon', () => {
    const pod = podOf({ server: { volume: { storageClassName: 'fast', size: '40Gi' } } });
    expect(named(pod.volumes, 'drill')).toEqual({
      name: 'drill',
      ephemeral: {
        volumeClaimTemplate: {
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'fast',
            resources: { requests: { storage: '40960Mi' } },
          },
        },
      },
    });
    expect(named(pod.initContainers, 'server').resources.limits['ephemeral-storage']).toBe('256Mi');
    const released = (parts: BackupDrillParts['spec']): unknown => {
      const { drill } = jobsOf(parts);
      return releaseJob({ ...drill, metadata: { ...drill.metadata, uid: 'uid' } });
    };
    const goesAfter = (seconds: number): object => ({
      patch: { spec: { ttlSecondsAfterFinished: seconds } },
    });
    expect(released({ server: { volume: { storageClassName: 'fast' } } })).toMatchObject([goesAfter(300)]);
    expect(released({})).toMatchObject([goesAfter(3600)]);
  });
});

describe('the application of a drill', () => {
  it('is not there where none is given', () => {
    const pod = podOf();
    expect(pod.initContainers!.map(({ name }) => name)).toEqual(['server']);
    expect(pod.volumes.map(({ name }) => name)).not.toContain('application');
  });

  it('stands behind a gate that needs nothing of its image', () => {
    const pod = podOf({ checks: { application } });
    const gate = named(pod.initContainers, 'gate');
    expect(gate).toMatchObject({ image: 'registry.test/worker:1' });
    expect(gate.command).toEqual([
      '/usr/lib/pgcairn/busybox',
      'cp',
      '/usr/lib/pgcairn/busybox',
      '/run/pgcairn/gate/busybox',
    ]);
    const { command, ...rest } = named(pod.initContainers, 'application');
    expect(rest).toMatchObject({ image: 'registry.test/shop:1', restartPolicy: 'Always' });
    expect(command!.slice(0, 3)).toEqual(['/run/pgcairn/gate/busybox', 'sh', '-c']);
    expect(command!.slice(4)).toEqual(['gate', 'shop', 'check', '--all']);
    expect(rest.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([
      '/run/pgcairn/gate',
      '/run/pgcairn/application',
      '/run/pgcairn/socket',
      '/etc/passwd',
      '/tmp',
    ]);
  });
});

describe('the Job that asks for evidence', () => {
  it('opens nothing: it has neither the identity nor a server', () => {
    const { inspect } = jobsOf();
    const { spec } = inspect.spec!['template'] as Template;
    expect(inspect.metadata.name).toBe('shop-monthly-0123456789-i');
    expect(spec.initContainers).toBeUndefined();
    expect(JSON.stringify(spec)).not.toContain('shop-age-identity');
  });
});
