import type { Command } from 'commander';
import { cliExitCodes } from '../exit-codes.ts';
import type { BackupCatalogue } from '../repository/find-run.ts';
import type { OpenedRepository, RepositoryFlags } from '../repository/open.ts';
import type { Choice, Verification } from '../repository/verify.ts';
import type { Surroundings } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';
import type { OpenCommandLine } from './command-line.ts';
import {
  jsonText,
  outputOption,
  perform,
  withRepositoryFlags,
  writeData,
  writeText,
} from './command-line.ts';

interface VerifyFlags extends RepositoryFlags {
  readonly all?: true;
  readonly backup?: string;
  readonly skipSignatures?: true;
  readonly output: 'text' | 'json';
}

export function addVerifyCommand(program: Command, open: OpenCommandLine): void {
  withRepositoryFlags(program.command('verify [run]'))
    .description(
      'read every object of a run back and compare digests, signature and sequence; 1: it does not hold',
    )
    .option('--all', 'every run; without it and without a run, the newest of each backup')
    .option('--backup <namespace/name>', 'only runs of this PostgresBackup')
    .option('--skip-signatures', 'go without the signing key that the repository of -f names')
    .addOption(outputOption(['text', 'json']))
    .action((runId: string | undefined, flags: VerifyFlags) =>
      perform(open, (surroundings) => verify(runId, flags, surroundings)),
    );
}

function choiceOf(runId: string | undefined, all: true | undefined): Choice {
  if (runId !== undefined && all !== undefined) throw new UsageError('give a run or --all, not both');
  if (runId !== undefined) return { kind: 'One', runId };
  return { kind: all === undefined ? 'Newest' : 'All' };
}

async function verify(
  runId: string | undefined,
  flags: VerifyFlags,
  surroundings: Surroundings,
): Promise<number> {
  const [{ withRepository }, { parseBackupName }, { verificationText }] = await Promise.all([
    import('../repository/open.ts'),
    import('../repository/contents.ts'),
    import('../report/verification.ts'),
  ]);
  const choice = choiceOf(runId, flags.all);
  const only = flags.backup === undefined ? undefined : parseBackupName('--backup', flags.backup);
  const opened = { ...flags, keyRequired: flags.skipSignatures !== true };
  const verification = await withRepository(opened, surroundings, async (repository) => {
    const { readCatalogues, withRun } = await import('../repository/find-run.ts');
    const all = await readCatalogues(repository, only);
    const catalogues = choice.kind === 'One' ? withRun(repository, all, choice.runId) : all;
    return await readAll(repository, catalogues, choice, surroundings);
  });
  if (verification.runs.length === 0)
    throw new UsageError('there is no run to verify: `pgcairn list` shows what the repository holds');
  if (flags.output === 'json') writeData(surroundings, jsonText(verification));
  else writeText(surroundings, verificationText(verification));
  return verification.holds ? cliExitCodes.success : cliExitCodes.failed;
}

async function readAll(
  repository: OpenedRepository,
  catalogues: readonly BackupCatalogue[],
  choice: Choice,
  { stderr, clock, scrubber, environment }: Surroundings,
): Promise<Verification> {
  const [{ bytesToRead, verifyRuns }, { isLive, startProgress }] = await Promise.all([
    import('../repository/verify.ts'),
    import('../terminal/progress.ts'),
  ]);
  const totalBytes = bytesToRead(catalogues, choice);
  const live = isLive(stderr, environment);
  const progress = startProgress({ output: stderr, clock, scrubber, live, totalBytes });
  return await verifyRuns(repository, catalogues, choice, progress.meter).finally(() => progress.finish());
}
