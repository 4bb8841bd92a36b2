import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBusyboxImage } from '../../scripts/images/busybox.ts';
import { buildOperatorImage, buildWorkerImage } from '../../scripts/images/product.ts';
import { buildS3Image, buildServerImage } from '../../scripts/images/test-servers.ts';
import type { Cluster } from './harness/cluster.ts';
import { kubectlFor, waitFor, type Kubectl, type ManifestObject } from './harness/kubectl.ts';
import { nativeDown, nativeFolder } from './harness/native.ts';
import { openCluster } from './harness/open.ts';

const namespace = `harness-${process.pid}`;
const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 10_001,
  runAsGroup: 10_001,
  fsGroup: 10_001,
  seccompProfile: { type: 'RuntimeDefault' },
};
const restrictedContainer = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

let cluster: Cluster;
let kubectl: Kubectl;
let busybox: string;

beforeAll(async () => {
  cluster = await openCluster();
  kubectl = kubectlFor(cluster);
  busybox = await cluster.loadImage(await buildBusyboxImage());
  await kubectl.createNamespace(namespace, { 'pod-security.kubernetes.io/enforce': 'restricted' });
}, 30 * 60_000);

afterAll(async () => {
  await kubectl.deleteNamespace(namespace);
});

interface PodParts {
  readonly name: string;
  readonly image?: string;
  readonly script?: string;
  readonly labels?: Record<string, string>;
  readonly env?: readonly object[];
  readonly volumes?: readonly (object & { name: string })[];
  readonly mounts?: readonly object[];
}

function podSpec(parts: PodParts): object {
  return {
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    securityContext: restrictedPod,
    containers: [
      {
        name: 'main',
        image: parts.image ?? busybox,
        imagePullPolicy: 'IfNotPresent',
        ...(parts.script !== undefined && { command: ['sh', '-c', parts.script] }),
        securityContext: restrictedContainer,
        env: parts.env ?? [],
        volumeMounts: parts.mounts ?? [],
      },
    ],
    volumes: parts.volumes ?? [],
  };
}

function pod(parts: PodParts): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: parts.name, namespace, labels: { app: parts.name, ...parts.labels } },
    spec: podSpec(parts),
  };
}

function service(name: string, port: number): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: { selector: { app: name }, ports: [{ port }] },
  };
}

function claim(name: string, storage: string, storageClassName?: string): ManifestObject {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: storageClassName === undefined ? spec : { ...spec, storageClassName },
  };
}

/** Waits for the pod's end and gives what it printed. */
async function outputOf(name: string): Promise<string> {
  await waitFor(
    `pod ${name} to end`,
    async () => {
      const seen = await kubectl.get<{ status?: { phase?: string } }>('pod', name, namespace);
      return ['Succeeded', 'Failed'].includes(seen?.status?.phase ?? '');
    },
    { timeoutSeconds: 60, describe: () => kubectl.run(['describe', 'pod', name, '-n', namespace]) },
  );
  return kubectl.run(['logs', name, '-n', namespace]);
}

async function ready(name: string): Promise<void> {
  await waitFor(
    `pod ${name} to be ready`,
    () => kubectl.run(['wait', '--for=condition=Ready', `pod/${name}`, '-n', namespace, '--timeout=1s']),
    { timeoutSeconds: 60, describe: () => kubectl.run(['describe', 'pod', name, '-n', namespace]) },
  );
}

function inPod(name: string, script: string): Promise<{ ok: boolean; stdout: string; stderr: string }> {
  return kubectl.try(['exec', name, '-n', namespace, '--', 'sh', '-c', script]);
}

describe('a cluster of the harness', () => {
  it('gives child processes a kubectl of its own minor version and a helm', async () => {
    const version = JSON.parse(await kubectl.run(['version', '-o', 'json'])) as Record<
      string,
      { minor: string }
    >;
    const helm = await execa('helm', ['version', '--short'], { env: cluster.env });
    expect(version['clientVersion']!.minor).toBe(version['serverVersion']!.minor);
    expect(helm.stdout).toMatch(/^v[34]\./);
  });

  it('runs a pod under the restricted standard, and refuses one that asks for more', async () => {
    const script =
      'id -u; touch /x 2>&1; grep -E "NoNewPrivs|Seccomp:|CapEff" /proc/self/status | tr -s "\\t\\n" " "';
    await kubectl.apply(pod({ name: 'restricted', script }));
    const refused = await kubectl.try(['run', 'plain', '-n', namespace, '--image', busybox]);
    const output = await outputOf('restricted');
    expect(refused.stderr).toContain('violates PodSecurity "restricted');
    expect(output).toMatch(/^10001\n.*Read-only file system\nCapEff: 0+ NoNewPrivs: 1 Seccomp: 2/);
  });

  it('resolves Services by name and reaches them', async () => {
    const serve = 'mkdir /tmp/w; echo hello >/tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w';
    const volumes = [{ name: 'tmp', emptyDir: {} }];
    const mounts = [{ name: 'tmp', mountPath: '/tmp' }];
    await kubectl.apply(service('web', 8080), pod({ name: 'web', script: serve, volumes, mounts }));
    await kubectl.apply(pod({ name: 'client', script: 'sleep 3600' }));
    await ready('web');
    await ready('client');
    for (const host of ['web', `web.${namespace}.svc.cluster.local`])
      expect((await answerOf(`${host}:8080`)).trim()).toBe('hello');
  });

  it('enforces a NetworkPolicy, on the pods it selects and only on them', async () => {
    await kubectl.apply(pod({ name: 'stranger', script: 'sleep 3600' }), {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'web', namespace },
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }] }],
      },
    });
    await ready('stranger');
    const refusedAlone = await waitFor(
      'the stranger alone to be refused',
      () => isRefusedAlone('stranger', 'client'),
      { timeoutSeconds: 60 },
    );
    expect(refusedAlone).toBe(true);
    await kubectl.run(['delete', 'networkpolicy', 'web', '-n', namespace]);
    await waitFor('the stranger to be admitted again', () => reaches('stranger'), { timeoutSeconds: 20 });
  });

  it('gives volumes that a non-root pod can write, and sized ones that can be full', async () => {
    const volumes = ['data', 'small'].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
    const mounts = ['data', 'small'].map((name) => ({ name, mountPath: `/${name}` }));
    const script =
      'echo kept >/data/file && cat /data/file; dd if=/dev/zero of=/small/file bs=1M count=64 2>&1';
    const full = pod({ name: 'full', script, volumes, mounts });
    await kubectl.apply(claim('data', '1Gi'), claim('small', '32Mi', sizedClass()), full);
    const output = await outputOf('full');
    expect(output).toMatch(cluster.name === 'native' ? /^kept\n.*No space left on device/s : /^kept\n/);
  });

  it('fails a Job at once on an exit code that its podFailurePolicy names', async () => {
    const rule = { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [42] } };
    await kubectl.apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'policy', namespace },
      spec: {
        backoffLimit: 6,
        podFailurePolicy: { rules: [rule] },
        template: { spec: podSpec({ name: 'policy', script: 'exit 42' }) },
      },
    });
    interface Job {
      readonly status?: { failed?: number; conditions?: { type: string; reason: string }[] };
    }
    const failed = await waitFor(
      'the Job to fail',
      async () => {
        const job = await kubectl.get<Job>('job', 'policy', namespace);
        return job?.status?.conditions?.some(({ type }) => type === 'Failed') === true && job;
      },
      { timeoutSeconds: 60 },
    );
    expect(failed.status?.conditions?.find(({ type }) => type === 'Failed')?.reason).toBe('PodFailurePolicy');
    expect(failed.status?.failed).toBe(1);
  });

  it('lets a pod reach a program of this machine', async () => {
    const server = createServer((_request, response) => response.end('from the host'));
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      // A policy of the test before goes a moment after its object does.
      const said = await waitFor(
        'the answer of a program on this machine',
        async () => {
          const { ok, stdout } = await inPod('client', `probe http://${cluster.hostAddress}:${port}`);
          return ok && stdout;
        },
        { timeoutSeconds: 30 },
      );
      expect(said).toBe('from the host');
    } finally {
      server.close();
    }
  });

  it('leaves events, objects and logs of a namespace as files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'harness-'));
    try {
      await kubectl.collect(namespace, folder);
      await cluster.collectLogs(join(folder, 'cluster'));
      expect(await readdir(folder)).toEqual(
        expect.arrayContaining(['events.txt', 'objects.yaml', 'restricted.log']),
      );
      expect(await readFile(join(folder, 'restricted.log'), 'utf8')).toContain('10001');
      expect((await readdir(join(folder, 'cluster'))).length).toBeGreaterThan(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('images for tests', () => {
  it('serve PostgreSQL to another pod, with a password, as an unprivileged user on a read-only root', async () => {
    const image = await cluster.loadImage(await buildServerImage('16'));
    const places = { data: '/var/lib/postgresql/data', run: '/var/run/postgresql', tmp: '/tmp' };
    const volumes = Object.keys(places).map((name) => ({ name, emptyDir: {} }));
    const mounts = Object.entries(places).map(([name, mountPath]) => ({ name, mountPath }));
    const env = [
      { name: 'POSTGRES_PASSWORD', value: 'a password' },
      { name: 'POSTGRES_DB', value: 'shop' },
      { name: 'PGDATA', value: '/var/lib/postgresql/data/pgdata' },
    ];
    await kubectl.apply(service('db', 5432), pod({ name: 'db', image, env, volumes, mounts }));
    await kubectl.apply(pod({ name: 'psql', image, script: 'sleep 3600' }));
    await ready('psql');
    const query = 'psql -h db -U postgres -d shop -tAc "create extension pg_trgm; select current_database()"';
    const answer = await waitFor(
      'PostgreSQL to answer',
      async () => {
        const { ok, stdout } = await inPod('psql', `PGPASSWORD='a password' ${query}`);
        return ok && stdout;
      },
      { timeoutSeconds: 60, describe: () => kubectl.run(['logs', 'db', '-n', namespace]) },
    );
    const refused = await inPod('psql', `PGPASSWORD=wrong ${query}`);
    expect(answer).toBe('CREATE EXTENSION\nshop');
    expect(refused.stderr).toContain('password authentication failed');
  });

  it('serve S3 to another pod', async () => {
    const image = await cluster.loadImage(await buildS3Image());
    const volumes = [{ name: 'data', emptyDir: {} }];
    const mounts = [{ name: 'data', mountPath: '/data' }];
    const env = ['ROOT_ACCESS_KEY', 'ROOT_SECRET_KEY'].map((name) => ({ name, value: 'test-key' }));
    await kubectl.apply(service('s3', 7070), pod({ name: 's3', image, env, volumes, mounts }));
    await ready('s3');
    expect(await answerOf('s3:7070')).toContain('AccessDenied');
  });
});

describe('images of the program', () => {
  it('hold the worker with every client major, and no compiler, npm or age', async () => {
    const image = await cluster.loadImage(await buildWorkerImage());
    const script = [
      'for major in 14 15 16 17 18; do',
      '  for program in pg_dump pg_dumpall pg_restore psql; do',
      '    /usr/lib/postgresql/$major/bin/$program --version',
      '  done',
      'done | sed -E "s/.*PostgreSQL\\) ([0-9]+).*/\\1/" | uniq -c | tr -s " \\n" " "; echo',
      'node --version | cut -d. -f1',
      "node -e 'console.log(process.getuid(), fs.statSync(process.env.CA).size > 1e5)'",
      'TZ=Australia/Lord_Howe date -d 2026-01-01T00:00Z +%H:%M',
      'command -v npm npx cc gcc age || echo none',
    ].join('\n');
    const env = [{ name: 'CA', value: '/etc/ssl/certs/ca-certificates.crt' }];
    await kubectl.apply(pod({ name: 'worker', image, script, env }));
    const output = await outputOf('worker');
    expect(output).toBe(' 4 14 4 15 4 16 4 17 4 18 \nv24\n10001 true\n11:00\nnone');
  });

  it('hold the operator, which starts without arguments beyond its own name', async () => {
    const image = await cluster.loadImage(await buildOperatorImage());
    await kubectl.apply(
      pod({ name: 'operator', image, script: 'exec node /app/pgcairn.mjs operator --help' }),
    );
    expect(await outputOf('operator')).toContain('--worker-image');
  });
});

describe('a native cluster', () => {
  const name = `crash-${process.pid}`;
  const work = nativeFolder(name);
  const native = { backend: 'native', name } as const;

  it('comes up after a crash and leaves nothing when it goes (needs the native backend)', async (context) => {
    if (cluster.name !== 'native') return context.skip();
    const first = await openCluster(native);
    const link = `pgcairn${(await readFile(join(work, 'slot'), 'utf8')).trim()}`;
    const [init] = (await readFile(join(work, 'namespace'), 'utf8')).split(' ');
    process.kill(Number(init), 'SIGKILL');

    const second = await openCluster(native);
    const nodes = await kubectlFor(second).run(['get', 'nodes', '--no-headers']);
    await first.down();

    expect(nodes).toMatch(/ Ready /);
    expect((await execa('ip', ['link', 'show', link], { reject: false })).failed).toBe(true);
    expect(await cgroupsNamedAfter(work)).toEqual([]);
    expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(work);
    expect(await readdir(join(work, '..'))).not.toContain(name);
  });

  it('stays when one that crashed and had its addresses is removed (needs the native backend)', async (context) => {
    if (cluster.name !== 'native') return context.skip();
    for (const folder of ['conf', 'pids']) await mkdir(join(work, folder), { recursive: true });
    const slot = (await readFile(join(cluster.kubeconfigPath, '../slot'), 'utf8')).trim();
    await writeFile(join(work, 'slot'), slot);
    await writeFile(join(work, 'link'), `pgcairn${slot}`); // where a version of these scripts looked
    await nativeDown(name);
    expect(await kubectl.run(['get', '--raw', '/readyz'])).toBe('ok');
    expect(await readdir(join(work, '..'))).not.toContain(name);
  });

  it('recovers from a start that was killed on its way (needs the native backend)', async (context) => {
    if (cluster.name !== 'native') return context.skip();
    const starting = execa('bash', ['scripts/with-node.sh', 'test/cluster/harness/cli.ts', 'up'], {
      env: { PGCAIRN_CLUSTER: 'native', PGCAIRN_CLUSTER_NAME: name },
      reject: false,
    });
    await waitFor(
      'the namespaces',
      () => readFile(join(work, 'namespace'), 'utf8').catch(() => false as const),
      {
        timeoutSeconds: 30,
        intervalMilliseconds: 20,
      },
    );
    starting.kill('SIGKILL');
    await starting;

    const cluster2 = await openCluster(native);
    const nodes = await kubectlFor(cluster2).run(['get', 'nodes', '--no-headers']);
    expect(nodes).toMatch(/ Ready /);
  });

  it('is renewed when it has lost its link, and is left alone when it has not (needs the native backend)', async (context) => {
    if (cluster.name !== 'native') return context.skip();
    const init = (): Promise<string> => readFile(join(work, 'namespace'), 'utf8');
    const before = await openCluster(native).then(init);
    const same = await openCluster(native).then(init);
    await execa('ip', ['link', 'del', `pgcairn${(await readFile(join(work, 'slot'), 'utf8')).trim()}`]);
    const renewed = await openCluster(native);
    const nodes = await kubectlFor(renewed).run(['get', 'nodes', '--no-headers']);
    const after = await init();
    await renewed.down();
    expect(same).toBe(before);
    expect(after).not.toBe(before);
    expect(nodes).toMatch(/ Ready /);
    expect(await cgroupsNamedAfter(work)).toEqual([]);
  });
});

/** What a server says to the pod `client`. What keeps the probe from an answer it prints as well. */
async function answerOf(server: string): Promise<string> {
  return waitFor(
    `${server} to answer`,
    async () => {
      const { stdout } = await inPod('client', `probe http://${server}`);
      return !stdout.startsWith('error: ') && stdout;
    },
    { timeoutSeconds: 60, describe: () => kubectl.run(['get', 'pods', '-n', namespace]) },
  );
}

/** What a policy drops looks like what is slow: three times in a row the other has its answer, and this one has none. */
async function isRefusedAlone(refused: string, admitted: string): Promise<boolean> {
  for (let time = 0; time < 3; time += 1)
    if ((await reaches(refused)) || !(await reaches(admitted))) return false;
  return true;
}

async function reaches(from: string): Promise<boolean> {
  return (await inPod(from, 'timeout 1 probe http://web:8080')).stdout.startsWith('hello');
}

function sizedClass(): string | undefined {
  return cluster.name === 'native' ? 'sized' : undefined;
}

async function cgroupsNamedAfter(work: string): Promise<string[]> {
  const script =
    'WORK=$1; . test/cluster/native/lib/common.sh; find /sys/fs/cgroup -maxdepth 2 -name "$CGROUP"';
  const { stdout } = await execa('bash', ['-c', script, 'find', work]);
  return stdout.split('\n').filter(Boolean);
}
