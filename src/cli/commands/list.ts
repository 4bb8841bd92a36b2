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

interface ListFlags extends RepositoryFlags {
  readonly backup?: string;
  readonly output: 'table' | 'json';
}

export function addListCommand(program: Command, open: OpenCommandLine): void {
  withRepositoryFlags(program.command('list'))
    .description('show the runs that a repository holds, and which of them a drill has proven')
    .option('--backup <namespace/name>', 'only the runs of this PostgresBackup')
    .addOption(outputOption(['table', 'json']))
    .action((flags: ListFlags) => perform(open, (surroundings) => list(flags, surroundings)));
}

async function list(flags: ListFlags, surroundings: Surroundings): Promise<number> {
  const [{ withRepository }, { listRuns }, { parseBackupName }, { listingText }] = await Promise.all([
    import('../repository/open.ts'),
    import('../repository/list.ts'),
    import('../repository/contents.ts'),
    import('../report/listing.ts'),
  ]);
  const only = flags.backup === undefined ? undefined : parseBackupName('--backup', flags.backup);
  const listing = await withRepository(flags, surroundings, (repository) =>
    listRuns(repository, only, surroundings.clock.now()),
  );
  if (flags.output === 'json') writeData(surroundings, jsonText(listing));
  else writeText(surroundings, listingText(listing));
  return cliExitCodes.success;
}
