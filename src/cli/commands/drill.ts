import type { Command } from 'commander';
import type { DrillEnd } from '../local/drill.ts';
import type { Surroundings } from '../surroundings.ts';
import type { LocalRunFlags, OpenCommandLine } from './command-line.ts';
import { jsonText, perform, withLocalRun, writeData, writeText } from './command-line.ts';

interface DrillFlags extends LocalRunFlags {
  readonly evidence?: string;
}

export function addDrillCommand(program: Command, open: OpenCommandLine): void {
  withLocalRun(program.command('drill'))
    .description(
      'carry out a BackupDrill here, with a throw-away PostgreSQL of this machine; 0: passed, 1: failed, 2: inconclusive',
    )
    .option('--name <name>', 'which BackupDrill, where the files hold several')
    .option('--evidence <folder>', 'lay the evidence down here, too')
    .action((flags: DrillFlags) => perform(open, (surroundings) => drill(flags, surroundings)));
}

async function drill(flags: DrillFlags, surroundings: Surroundings): Promise<number> {
  const [{ loadInput }, { chooseOne }, { prepareDrill, runLocalDrill }, copies, progressLines] =
    await Promise.all([
      import('../input/load.ts'),
      import('../input/choose.ts'),
      import('../local/drill.ts'),
      import('../local/evidence-copy.ts'),
      import('../terminal/progress.ts'),
    ]);
  const input = await loadInput(flags, surroundings);
  const chosen = chooseOne('BackupDrill', input.drills, flags.name);
  const prepared = await prepareDrill(input, chosen, flags, surroundings);
  if (flags.evidence !== undefined) await copies.requireEvidenceFolder(flags.evidence);
  const { stderr, clock, scrubber, environment } = surroundings;
  const live = progressLines.isLive(stderr, environment);
  const progress = progressLines.startProgress({ output: stderr, clock, scrubber, live });
  const end = await runLocalDrill(prepared, progress, surroundings).finally(() => progress.finish());
  const copiedTo =
    flags.evidence === undefined || end.evidence === undefined
      ? undefined
      : await copies.copyEvidence(flags.evidence, end.evidence, (line) => stderr.write(`${line}\n`));
  return await writeEnd(flags, end, copiedTo, surroundings);
}

async function writeEnd(
  { output }: DrillFlags,
  end: DrillEnd,
  copiedTo: string | undefined,
  surroundings: Surroundings,
): Promise<number> {
  const { drillData, drillExitCode, drillText, verdictOf } = await import('../report/drill.ts');
  const { drillSuite } = await import('../report/drill-suite.ts');
  const { junitXml } = await import('../report/junit.ts');
  switch (output) {
    case 'text':
      writeText(surroundings, drillText(end, copiedTo));
      break;
    case 'json':
      writeData(surroundings, jsonText(drillData(end)));
      break;
    case 'junit':
      writeData(surroundings, junitXml([drillSuite(end)]));
      break;
  }
  return drillExitCode(verdictOf(end));
}
