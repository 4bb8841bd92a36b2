import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { Command, CommanderError, Option } from 'commander';
import packageFile from '../package.json' with { type: 'json' };
import { systemClock } from './base/clock.ts';
import type { Logger } from './base/logger.ts';
import { createScrubber } from './base/redact.ts';
import type { CommandLine } from './cli/program.ts';
import { addCliCommands } from './cli/program.ts';
import { cliExitCodes } from './cli/exit-codes.ts';
import type { ConnectionSource } from './kube/connection.ts';
import { inClusterSource, serviceAccountFolder } from './kube/in-cluster.ts';
import { kubeconfigSource } from './kube/kubeconfig.ts';
import type { LogLevel } from './runtime/logger.ts';
import { createLogger } from './runtime/logger.ts';
import { workerPaths } from './task/paths.ts';

const { version } = packageFile;
const logLevels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

interface OperatorFlags {
  readonly namespace: string;
  readonly podName: string;
  readonly instance: string;
  readonly workerImage: string;
  readonly drillServerImage: string;
  readonly workerImagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  readonly workerImagePullSecret: readonly string[];
  readonly workerServiceAccount?: string;
  readonly watchNamespace: readonly string[];
  readonly kubeconfig?: string;
  readonly logLevel: LogLevel;
  readonly host: string;
  readonly metricsPort: number;
  readonly probePort: number;
}

interface WorkerFlags {
  readonly root: string;
  readonly terminationMessage: string;
  readonly clientRoot?: string;
  readonly logLevel: LogLevel;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Ends the process on a rejection that nobody handles, in words that have passed the logger's filter. */
function dieOnUnhandledRejection(logger: Logger): void {
  process.on('unhandledRejection', (reason) => {
    logger.error({ err: reason }, 'unhandled rejection');
    process.exit(1);
  });
}

const signalExitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof signalExitCodes;

/** Aborts on the first of `names`; a second one ends the process at once. */
function stopSignal(
  names: readonly StopSignal[] = ['SIGTERM', 'SIGINT'],
  onFirst: (name: StopSignal) => void = () => undefined,
): AbortSignal {
  const stop = new AbortController();
  for (const name of names)
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(signalExitCodes[name]);
      onFirst(name);
      stop.abort();
    });
  return stop.signal;
}

/** KUBECONFIG as given, the pod's account in a cluster, else ~/.kube/config. */
function connectionSource(kubeconfig: string | undefined, context?: string): ConnectionSource {
  const given = kubeconfig ?? process.env['KUBECONFIG'];
  if (given) return kubeconfigSource(given.split(':'), context);
  const host = process.env['KUBERNETES_SERVICE_HOST'];
  const port = process.env['KUBERNETES_SERVICE_PORT'];
  if (host && port) return inClusterSource({ host, port, folder: serviceAccountFolder });
  return kubeconfigSource([join(homedir(), '.kube/config')], context);
}

async function operator(flags: OperatorFlags): Promise<number> {
  // Loaded on demand: the operator needs nothing of the stores, the worker nothing of the controllers.
  const { runOperator } = await import('./operator/manager.ts');
  const logger = createLogger({ level: flags.logLevel, scrubber: createScrubber() });
  dieOnUnhandledRejection(logger);
  return runOperator({
    source: connectionSource(flags.kubeconfig),
    version,
    hostname: flags.podName === '' ? hostname() : flags.podName,
    settings: {
      namespace: flags.namespace,
      podName: flags.podName,
      podLabels: { 'app.kubernetes.io/name': 'pgcairn', 'app.kubernetes.io/instance': flags.instance },
      workerImage: flags.workerImage,
      drillServerImage: flags.drillServerImage,
      pullPolicy: flags.workerImagePullPolicy,
      pullSecrets: flags.workerImagePullSecret,
      ...(flags.workerServiceAccount && { workerServiceAccount: flags.workerServiceAccount }),
      watchNamespaces: flags.watchNamespace,
    },
    host: flags.host,
    probePort: flags.probePort,
    metricsPort: flags.metricsPort,
    clock: systemClock,
    random: Math.random,
    logger,
    stop: stopSignal(),
  });
}

async function worker(flags: WorkerFlags): Promise<number> {
  const { runWorker } = await import('./worker/run.ts');
  const scrubber = createScrubber();
  const logger = createLogger({ level: flags.logLevel, scrubber });
  dieOnUnhandledRejection(logger);
  return runWorker({
    root: flags.root,
    terminationPath: flags.terminationMessage,
    version,
    scrubber,
    logger,
    signal: stopSignal(),
    ...(flags.clientRoot && { clientRoot: flags.clientRoot }),
  });
}

/** A reader that has had enough (`pgcairn list | head`) is no failure. */
function endOnFullDisk(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') process.exit(cliExitCodes.failed);
}

/** What a command of a person gets. One that a signal ended says so by its exit code. */
function commandLine(): CommandLine {
  let endedBy: StopSignal | undefined;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endOnFullDisk);
  return {
    surroundings: {
      version,
      environment: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      stdin: process.stdin,
      clock: systemClock,
      scrubber: createScrubber(),
      signal: stopSignal(['SIGTERM', 'SIGINT', 'SIGHUP'], (name) => (endedBy = name)),
      cluster: connectionSource,
    },
    end(exitCode) {
      process.exitCode =
        endedBy === undefined || exitCode === cliExitCodes.success ? exitCode : signalExitCodes[endedBy];
    },
  };
}

const logLevel = new Option('--log-level <level>', 'least severe level that is logged')
  .choices(logLevels)
  .default('info');
const program = new Command('pgcairn')
  .description('makes any PostgreSQL provably recoverable')
  .version(version)
  .exitOverride();

program
  .command('operator')
  .description('watch the objects of a cluster and look after them')
  .requiredOption('--namespace <name>', "the operator's own namespace: home of its Leases")
  .option('--pod-name <name>', 'name of this pod, for the Lease and Events', '')
  .option('--instance <name>', 'app.kubernetes.io/instance of the operator, which workers admit', 'pgcairn')
  .requiredOption('--worker-image <image>', 'image of the Jobs')
  .addOption(
    new Option('--worker-image-pull-policy <policy>')
      .choices(['Always', 'IfNotPresent', 'Never'])
      .default('IfNotPresent'),
  )
  .option('--worker-image-pull-secret <name>', 'may be given again', collect, [])
  .option(
    '--drill-server-image <image>',
    'image of the servers of drills that name none; {major} stands for the major',
    'docker.io/library/postgres:{major}',
  )
  .option('--worker-service-account <name>', 'account of the Jobs, for a cloud identity; no token is mounted')
  .option('--watch-namespace <name>', 'may be given again; none: all namespaces', collect, [])
  .option('--kubeconfig <path>', 'for an operator outside the cluster')
  .option('--host <address>', 'address that metrics and probes listen on', '0.0.0.0')
  .option('--metrics-port <port>', '', Number, 8080)
  .option('--probe-port <port>', '', Number, 8081)
  .addOption(logLevel)
  .action(async (flags: OperatorFlags) => {
    process.exitCode = await operator(flags);
  });

program
  .command('worker')
  .description('do the one task that lies in the task file, and report')
  .option('--root <folder>', 'task and Secrets', workerPaths.root)
  .option('--client-root <folder>', 'holds <major>/bin/pg_dump; default /usr/lib/postgresql')
  .option('--termination-message <path>', 'where the report goes', workerPaths.terminationMessage)
  .addOption(logLevel)
  .action(async (flags: WorkerFlags) => {
    process.exitCode = await worker(flags);
  });

addCliCommands(program, commandLine);

await program.parseAsync().catch((error: unknown) => {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? cliExitCodes.success : cliExitCodes.usage;
});
// Sockets that others keep open must not keep a finished process.
process.exit(process.exitCode ?? 0);
