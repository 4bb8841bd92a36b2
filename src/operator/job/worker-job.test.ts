import { describe, expect, it } from 'vitest';
import { someSettings as settings } from '../../../test/builders/settings.ts';
import { postgresBackup, postgresBackupSpec } from '../../../test/builders/postgres-backup.ts';
import { backupRepositorySpec } from '../../../test/builders/backup-repository.ts';
import { exitCodes } from '../../task/exit-codes.ts';
import type { CurrentRun } from '../../api/v1alpha1/postgres-backup.ts';
import { Task } from '../../task/task.ts';
import type { Settings } from '../settings.ts';
import { inspectJob, pruneJob, runJob } from '../backup/objects.ts';

const run: CurrentRun = {
  runId: '20261120T021700Z-7f3a',
  trigger: 'Schedule',
  slotTime: '2026-11-20T02:17:00Z',
  jobName: 'shop-0123456789',
  stage: 'Launching',
  startTime: '2026-11-20T02:17:01Z',
};

interface PodTemplate {
  readonly metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  readonly spec: Record<string, unknown> & {
    containers: (Record<string, unknown> & { volumeMounts: object[]; resources: object })[];
    volumes: object[];
  };
}

function jobOf(
  specParts: Parameters<typeof postgresBackupSpec>[0] = {},
  more: Partial<Settings> = {},
  repository = backupRepositorySpec(),
) {
  const backup = postgresBackup({ spec: specParts });
  const parts = { settings: { ...settings, ...more }, backup, repository };
  const job = runJob(parts, postgresBackupSpec(specParts), run);
  const spec = job.spec as Record<string, unknown> & { template: PodTemplate };
  return { job, spec, pod: spec.template.spec, template: spec.template, parts };
}

describe('the Job of a run', () => {
  it('is suspended, held by a finalizer, and carries what makes it recognizable', () => {
    const { job } = jobOf();
    expect(job.metadata).toEqual({
      name: 'shop-0123456789',
      namespace: 'shop',
      finalizers: ['pgcairn.dev/result'],
      labels: {
        'app.kubernetes.io/managed-by': 'pgcairn',
        'app.kubernetes.io/component': 'worker',
        'app.kubernetes.io/part-of': 'pgcairn',
        'pgcairn.dev/owner-uid': 'uid-of-shop',
        'pgcairn.dev/task-kind': 'backup',
      },
      annotations: {
        'pgcairn.dev/owner': 'PostgresBackup/shop',
        'pgcairn.dev/slot-id': '0123456789',
        'pgcairn.dev/slot-time': '2026-11-20T02:17:00Z',
        'pgcairn.dev/trigger': 'Schedule',
        'pgcairn.dev/run-id': '20261120T021700Z-7f3a',
        'pgcairn.dev/generation': '1',
        'pgcairn.dev/location': 's3://acme-backups/postgres at AWS',
        'pgcairn.dev/server-lease': expect.stringMatching(/^pgcairn-server-[0-9a-f]{16}$/) as string,
      },
      ownerReferences: [
        {
          apiVersion: 'pgcairn.dev/v1alpha1',
          kind: 'PostgresBackup',
          name: 'shop',
          uid: 'uid-of-shop',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(job.spec).toMatchObject({ suspend: true });
  });

  it('gives up at once on exits that no further try can help, and does not count disruptions', () => {
    const { spec } = jobOf({ limits: { retries: 4, deadlineSeconds: 99 } });
    expect(spec).toMatchObject({
      backoffLimit: 4,
      activeDeadlineSeconds: 99,
      completions: 1,
      parallelism: 1,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          {
            action: 'FailJob',
            onExitCodes: {
              containerName: 'worker',
              operator: 'In',
              values: expect.arrayContaining([exitCodes.permanent, exitCodes.taskInvalid, 79]) as number[],
            },
          },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
    });
    expect(spec).not.toHaveProperty('ttlSecondsAfterFinished');
  });

  it('carries its task as a document that the worker can read, without any secret', () => {
    const { template } = jobOf();
    const task = Task.parse(JSON.parse(template.metadata.annotations['pgcairn.dev/task']!));
    if (task.kind !== 'backup') throw new Error('another task');
    expect(task.run).toEqual({
      id: '20261120T021700Z-7f3a',
      trigger: 'Schedule',
      slotTime: '2026-11-20T02:17:00Z',
    });
    expect(task.backup).toEqual({ namespace: 'shop', name: 'shop', uid: 'uid-of-shop' });
  });
});

describe('the pod of a worker', () => {
  it('is what the restricted standard asks for, and more', () => {
    const { pod } = jobOf();
    const { volumes: _volumes, containers, ...rest } = pod;
    expect(rest).toEqual({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 60,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 10_001,
        runAsGroup: 10_001,
        fsGroup: 10_001,
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(containers).toHaveLength(1);
    const { volumeMounts: _mounts, ...container } = containers[0]!;
    expect(container).toEqual({
      name: 'worker',
      image: 'registry.test/worker:1',
      imagePullPolicy: 'IfNotPresent',
      args: ['worker'],
      ports: [{ name: 'progress', containerPort: 9188, protocol: 'TCP' }],
      resources: {
        requests: { cpu: '100m', memory: '128Mi', 'ephemeral-storage': '64Mi' },
        limits: { memory: '512Mi', 'ephemeral-storage': '2Gi' },
      },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    });
  });

  it('finds every Secret as an optional, read-only folder, single keys as files of their name', () => {
    const { pod } = jobOf(
      {
        connection: {
          secretRef: { name: 'shop-db' },
          tls: {
            mode: 'VerifyFull',
            caSecretKeyRef: { name: 'shop-ca', key: 'ca.crt' },
            clientCertSecretRef: { name: 'shop-client' },
          },
        },
      },
      {},
      backupRepositorySpec({
        s3: {
          bucket: 'backups',
          credentialsSecretRef: { name: 'keys' },
          caSecretKeyRef: { name: 'store-ca', key: 'root.pem' },
        },
        signing: { keySecretRef: { name: 'sign' } },
      }),
    );
    const secret = (name: string, secretName: string, key?: string): object => ({
      name,
      secret: {
        secretName,
        optional: true,
        defaultMode: 0o440,
        ...(key !== undefined && { items: [{ key, path: key }] }),
      },
    });
    expect(pod.volumes.slice(3)).toEqual([
      secret('connection', 'shop-db'),
      secret('connection-ca', 'shop-ca', 'ca.crt'),
      secret('connection-client', 'shop-client'),
      secret('store', 'keys'),
      secret('store-ca', 'store-ca', 'root.pem'),
      secret('signing', 'sign', 'signing.key'),
    ]);
    const mount = (name: string): object => ({ name, mountPath: `/run/pgcairn/${name}`, readOnly: true });
    expect(pod.containers[0]!.volumeMounts).toEqual([
      mount('task'),
      { name: 'scratch', mountPath: '/run/pgcairn/scratch' },
      { name: 'tmp', mountPath: '/tmp' },
      ...['connection', 'connection-ca', 'connection-client', 'store', 'store-ca', 'signing'].map(mount),
    ]);
    expect(pod.volumes.slice(0, 3)).toEqual([
      {
        name: 'task',
        downwardAPI: {
          defaultMode: 0o440,
          items: [{ path: 'task.json', fieldRef: { fieldPath: "metadata.annotations['pgcairn.dev/task']" } }],
        },
      },
      { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '1Gi' } },
    ]);
  });

  it('mounts the claim of a volume repository for writing', () => {
    const repository = backupRepositorySpec({ s3: undefined, volume: { claimName: 'backups' } });
    const { pod } = jobOf({}, {}, repository);
    expect(pod.volumes.at(-1)).toEqual({
      name: 'repository',
      persistentVolumeClaim: { claimName: 'backups' },
    });
    expect(pod.containers[0]!.volumeMounts.at(-1)).toEqual({
      name: 'repository',
      mountPath: '/run/pgcairn/repository',
    });
  });

  it('runs where its owner wishes, with the resources that are given', () => {
    const worker = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'batch', operator: 'Exists' as const }],
      priorityClassName: 'batch-low',
      labels: { team: 'shop' },
      annotations: { note: 'x' },
      resources: { requests: { cpu: '2' }, limits: { memory: '1Gi' } },
    };
    const { pod, template } = jobOf({ worker });
    expect(pod).toMatchObject({
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'batch', operator: 'Exists' }],
      priorityClassName: 'batch-low',
    });
    expect(pod.containers[0]!.resources).toMatchObject({
      requests: { cpu: '2', memory: '128Mi' },
      limits: { memory: '1Gi', 'ephemeral-storage': '2Gi' },
    });
    expect(template.metadata.labels).toMatchObject({ team: 'shop', 'pgcairn.dev/task-kind': 'backup' });
    expect(template.metadata.annotations).toMatchObject({ note: 'x' });
  });

  it('keeps its own labels and annotations whatever its owner wishes', () => {
    const spec = postgresBackupSpec();
    const worker = {
      ...spec.worker,
      labels: { 'pgcairn.dev/owner-uid': 'mine', 'app.kubernetes.io/component': 'x' },
      annotations: { 'pgcairn.dev/task': '{}', 'pgcairn.dev/owner': 'x' },
    };
    const parts = { settings, backup: postgresBackup(), repository: backupRepositorySpec() };
    const job = runJob(parts, { ...spec, worker }, run);
    const { metadata } = (job.spec as unknown as { template: PodTemplate }).template;
    expect(metadata.labels).toMatchObject({
      'pgcairn.dev/owner-uid': 'uid-of-shop',
      'app.kubernetes.io/component': 'worker',
    });
    expect(metadata.annotations['pgcairn.dev/owner']).toBe('PostgresBackup/shop');
    expect(metadata.annotations['pgcairn.dev/task']).toContain('"kind":"backup"');
  });

  it('has the account and the pull secrets of the installation', () => {
    const { pod } = jobOf({}, { workerServiceAccount: 'irsa', pullSecrets: ['registry'] });
    expect(pod).toMatchObject({
      serviceAccountName: 'irsa',
      automountServiceAccountToken: false,
      imagePullSecrets: [{ name: 'registry' }],
    });
  });
});

describe('the other Jobs of a backup', () => {
  it('that asks the store has no secret of the database', () => {
    const { parts } = jobOf();
    const job = inspectJob(parts, postgresBackupSpec(), run);
    expect(job.metadata.name).toBe('shop-0123456789-i');
    expect(job.spec).toMatchObject({ suspend: false });
    expect(JSON.stringify(job.spec)).not.toContain('shop-db');
  });

  it('that removes runs has a name of its own for each try', () => {
    const { parts } = jobOf();
    const names = [1, 2, 3].map((attempt) => pruneJob(parts, attempt).metadata.name);
    expect(new Set(names).size).toBe(3);
    expect(pruneJob(parts, 1)).toEqual(pruneJob(parts, 1));
  });
});
