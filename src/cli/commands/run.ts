import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { ClusterFlags } from '../cluster/open.ts';
import type { RunEnd } from '../cluster/run.ts';
import { cliExitCodes } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import type { OpenCommandLine } from './command-line.ts';
import { perform, withClusterFlags, writeText } from './command-line.ts';

interface RunFlags extends ClusterFlags {
  readonly wait?: true;
  readonly timeout?: number;
}

export function addRunCommand(program: Command, open: OpenCommandLine): void {
  withClusterFlags(program.command('run <kind/name>'))
    .description('have the operator of a cluster make a run now: backup/NAME or drill/NAME')
    .option('--wait', 'until it has ended; the exit code is as of backup and drill')
    .option('--timeout <seconds>', 'how long to wait; the run goes on', secondsOf)
    .action((target: string, flags: RunFlags) =>
      perform(open, (surroundings) => run(target, flags, surroundings)),
    );
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError('it must be a whole number of seconds.');
}

async function run(text: string, flags: RunFlags, surroundings: Surroundings): Promise<number> {
  const [{ withCluster }, { parseTarget }, { requestRun }, { runEndText, runExitCode }] = await Promise.all([
    import('../cluster/open.ts'),
    import('../cluster/target.ts'),
    import('../cluster/run.ts'),
    import('../report/cluster-run.ts'),
  ]);
  const target = parseTarget(text);
  const { stderr, scrubber } = surroundings;
  const say = (line: string): unknown => stderr.write(`${scrubber.scrub(line)}\n`);
  const { timeout } = flags;
  const wait = { say, ...(timeout === undefined ? {} : { timeoutSeconds: timeout }) };
  const end: RunEnd = await withCluster(flags, surroundings, (cluster) =>
    requestRun(cluster, { target, ...(flags.wait === true ? { wait } : {}) }, surroundings),
  );
  writeText(surroundings, runEndText(text, end));
  return end.kind === 'Requested' ? cliExitCodes.success : runExitCode(end);
}
