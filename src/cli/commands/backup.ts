import type { Command } from 'commander';
import type { Report } from '../../task/report.ts';
import { cliExitCodes } from '../exit-codes.ts';
import type { Given } from '../input/objects.ts';
import type { Surroundings } from '../surroundings.ts';
import type { LocalRunFlags, OpenCommandLine } from './command-line.ts';
import { jsonText, perform, withLocalRun, writeData, writeText } from './command-line.ts';

export function addBackupCommand(program: Command, open: OpenCommandLine): void {
  withLocalRun(program.command('backup'))
    .description('make one run of a PostgresBackup from here, by the code that a cluster runs')
    .option('--name <name>', 'which PostgresBackup, where the files hold several')
    .action((flags: LocalRunFlags) => perform(open, (surroundings) => backup(flags, surroundings)));
}

async function backup(flags: LocalRunFlags, surroundings: Surroundings): Promise<number> {
  const [{ loadInput }, { chooseOne }, { runLocalBackup }, { isLive, startProgress }] = await Promise.all([
    import('../input/load.ts'),
    import('../input/choose.ts'),
    import('../local/backup.ts'),
    import('../terminal/progress.ts'),
  ]);
  const input = await loadInput(flags, surroundings);
  const chosen = chooseOne('PostgresBackup', input.backups, flags.name);
  const { stderr, clock, scrubber, environment } = surroundings;
  const progress = startProgress({ output: stderr, clock, scrubber, live: isLive(stderr, environment) });
  const { postgres, logLevel } = flags;
  const order = { input, backup: chosen, postgres, ...(logLevel === undefined ? {} : { logLevel }) };
  const report = await runLocalBackup(order, progress, surroundings).finally(() => progress.finish());
  await writeReport(flags, chosen, report, surroundings);
  return report.kind === 'backup' ? cliExitCodes.success : cliExitCodes.failed;
}

async function writeReport(
  { output }: LocalRunFlags,
  { namespace, name }: Given<unknown>,
  report: Report,
  surroundings: Surroundings,
): Promise<void> {
  const { backupSuite, backupText } = await import('../report/backup.ts');
  const { junitXml } = await import('../report/junit.ts');
  const backupName = { namespace, name };
  switch (output) {
    case 'text':
      return writeText(surroundings, backupText(backupName, report));
    case 'json':
      return writeData(surroundings, jsonText({ backup: backupName, report }));
    case 'junit':
      return writeData(surroundings, junitXml([backupSuite(backupName, report)]));
  }
}
