import type { Command } from 'commander';
import { cliExitCodes } from '../exit-codes.ts';
import type { RepositoryFlags } from '../repository/open.ts';
import type { Surroundings } from '../surroundings.ts';
import type { OpenCommandLine } from './command-line.ts';
import {
  jsonText,
  outputOption,
  perform,
  withRepositoryFlags,
  writeData,
  writeText,
} from './command-line.ts';

interface ShowFlags extends RepositoryFlags {
  readonly backup?: string;
  readonly output: 'text' | 'json';
}

export function addShowCommand(program: Command, open: OpenCommandLine): void {
  withRepositoryFlags(program.command('show <run>'))
    .description('show what a run holds, how it was made, and how far it was verified')
    .option('--backup <namespace/name>', 'the PostgresBackup of the run')
    .addOption(outputOption(['text', 'json']))
    .action((runId: string, flags: ShowFlags) =>
      perform(open, (surroundings) => show(runId, flags, surroundings)),
    );
}

async function show(runId: string, flags: ShowFlags, surroundings: Surroundings): Promise<number> {
  const [{ withRepository }, { findRun }, { parseBackupName }, { shownRunText }] = await Promise.all([
    import('../repository/open.ts'),
    import('../repository/show.ts'),
    import('../repository/contents.ts'),
    import('../report/shown-run.ts'),
  ]);
  const only = flags.backup === undefined ? undefined : parseBackupName('--backup', flags.backup);
  const shown = await withRepository(flags, surroundings, (repository) => findRun(repository, runId, only));
  if (flags.output === 'text') writeText(surroundings, shownRunText(shown));
  else {
    const { run, location, proven } = shown;
    const { manifest, manifestDigest, signed } = run;
    const signature = signed ? 'Valid' : 'NotChecked';
    writeData(surroundings, jsonText({ location, manifestDigest, signature, proven, manifest }));
  }
  return cliExitCodes.success;
}
