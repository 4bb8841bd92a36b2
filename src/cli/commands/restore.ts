import type { Command } from 'commander';
import { UsageError } from '../usage-error.ts';
import type { OpenCommandLine } from './command-line.ts';
import { perform } from './command-line.ts';

/** Who looks for this command in an emergency is told where to go on. */
export function addRestoreHint(program: Command, open: OpenCommandLine): void {
  program
    .command('restore', { hidden: true })
    .description('says how to restore; pgcairn itself only rehearses')
    .allowUnknownOption()
    .allowExcessArguments()
    .action(() =>
      perform(open, () =>
        Promise.reject(
          new UsageError(
            'there is no restore command: a run is restored with age and pg_restore, as docs/open-by-hand.md and README.md at the prefix of the repository say; `pgcairn list` shows which runs a drill has proven',
          ),
        ),
      ),
    );
}
