import type { Command } from 'commander';
import { Option } from 'commander';
import { failureReasons } from '../../api/v1alpha1/failure-reasons.ts';
import { Failure } from '../../domain/failure.ts';
import { ApiError, TransportError } from '../../kube/errors.ts';
import { cliExitCodes } from '../exit-codes.ts';
import type { InputFlags } from '../input/load.ts';
import type { Surroundings } from '../surroundings.ts';
import { printable } from '../terminal/printable.ts';
import { UsageError } from '../usage-error.ts';

/** How a command meets the process. */
export interface CommandLine {
  readonly surroundings: Surroundings;
  readonly end: (exitCode: number) => void;
}

/** Called when a command begins, and not before: it takes over the signals. */
export type OpenCommandLine = () => CommandLine;

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Runs a command's work, and says why it could not be done. */
export async function perform(
  open: OpenCommandLine,
  work: (surroundings: Surroundings) => Promise<number>,
): Promise<void> {
  const { surroundings, end } = open();
  end(await work(surroundings).catch((error: unknown) => explain(error, surroundings)));
}

function explain(error: unknown, { stderr, scrubber, signal }: Surroundings): number {
  const say = (text: string): unknown => stderr.write(`pgcairn: ${scrubber.scrub(printable(text))}\n`);
  if (error instanceof UsageError) {
    say(error.message);
    return cliExitCodes.usage;
  }
  if (signal.aborted) {
    say('interrupted');
    return cliExitCodes.failed;
  }
  if (error instanceof ApiError || error instanceof TransportError) {
    say(error.message);
    return cliExitCodes.failed;
  }
  if (error instanceof Failure) {
    say(`${error.reason}: ${error.message}`);
    say(`what to do: ${failureReasons[error.reason].remedy}`);
    return cliExitCodes.failed;
  }
  say(`a fault in pgcairn: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return cliExitCodes.fault;
}

/** Adds the flags that name files, Secrets and volumes. */
export function withInput(command: Command): Command {
  return command
    .option(
      '-f, --file <file>',
      'YAML of the objects; a folder, or - for stdin; may be given again',
      collect,
      [],
    )
    .option('-n, --namespace <name>', 'namespace of objects that name none', 'default')
    .option(
      '--volume <[claim=]folder>',
      'folder in the place of a PersistentVolumeClaim; may be given again',
      collect,
      [],
    )
    .option(
      '--secret <name=folder>',
      'a Secret, as a folder with one file for each key; may be given again',
      collect,
      [],
    )
    .option('--secrets-dir <folder>', 'Secrets, as <folder>/<name>/<key>; may be given again', collect, [])
    .option(
      '--secret-env <name:key=variable>',
      'one key of a Secret, from an environment variable; may be given again',
      collect,
      [],
    );
}

export type OutputForm = 'text' | 'json' | 'junit';

export interface LocalRunFlags extends InputFlags {
  readonly name?: string;
  readonly postgres: readonly string[];
  readonly output: OutputForm;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

/** Of `forms` the first is the default. */
export function outputOption(forms: readonly [string, ...string[]]): Option {
  return new Option('-o, --output <form>', 'form of the result on standard output')
    .choices(forms)
    .default(forms[0]);
}

/** Adds the flags of commands that run a worker in this process. */
export function withLocalRun(command: Command): Command {
  return withInput(command)
    .option(
      '--postgres <folder>',
      "folder of PostgreSQL's programs, before those on PATH; may be given again",
      collect,
      [],
    )
    .addOption(outputOption(['text', 'json', 'junit']))
    .addOption(
      new Option('--log-level <level>', "the worker's log as JSON lines on standard error").choices([
        'debug',
        'info',
        'warn',
        'error',
      ]),
    );
}

/** Adds the flags that name a repository to read. */
export function withRepositoryFlags(command: Command): Command {
  return withInput(command)
    .option('--repository <name>', 'which BackupRepository, where the files hold several')
    .option(
      '--s3 <url>',
      's3://bucket/prefix, in the place of a file; the key comes from where the AWS tools find it',
    )
    .option('--endpoint <url>', 'of --s3, for a store that is not AWS')
    .option('--region <name>', 'of --s3')
    .option('--public-key <file>', 'PEM; checks signatures where the signing key itself is not at hand');
}

/** Adds the flags that name a cluster, as kubectl has them. */
export function withClusterFlags(command: Command): Command {
  return command
    .option('-n, --namespace <name>', 'default: that of the context')
    .option('--kubeconfig <file>', 'default: KUBECONFIG, else ~/.kube/config')
    .option('--context <name>', 'of the kubeconfig; default: the current one');
}

/** Writes a result for people. */
export function writeText({ stdout, scrubber }: Surroundings, text: string): void {
  stdout.write(scrubber.scrub(printable(text)));
}

/** Writes a result for programs. */
export function writeData({ stdout, scrubber }: Surroundings, text: string): void {
  stdout.write(scrubber.scrub(text));
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
