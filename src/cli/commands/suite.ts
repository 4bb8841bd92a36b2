import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { SuiteEnd } from '../local/suite.ts';
import type { Surroundings } from '../surroundings.ts';
import { UsageError } from '../usage-error.ts';
import type { LocalRunFlags, OpenCommandLine } from './command-line.ts';
import { jsonText, perform, withLocalRun, writeData, writeText } from './command-line.ts';

interface SuiteFlags extends LocalRunFlags {
  readonly artifact: string;
  readonly evidence?: string;
}

export function addSuiteCommand(program: Command, open: OpenCommandLine): void {
  withLocalRun(program.command('suite'))
    .description(
      'carry out every BackupDrill of the files, one after the other; the exit code is that of the worst',
    )
    .option('--artifact <file>', 'where all reports go, as one JSON document', 'pgcairn-suite.json')
    .option('--evidence <folder>', 'lay the evidence of every drill down here, too')
    .action((flags: SuiteFlags) => perform(open, (surroundings) => suite(flags, surroundings)));
}

async function suite(flags: SuiteFlags, surroundings: Surroundings): Promise<number> {
  const [{ loadInput }, { prepareDrill }, { runSuite }, copies, progressLines] = await Promise.all([
    import('../input/load.ts'),
    import('../local/drill.ts'),
    import('../local/suite.ts'),
    import('../local/evidence-copy.ts'),
    import('../terminal/progress.ts'),
  ]);
  const input = await loadInput(flags, surroundings);
  if (input.drills.length === 0) throw new UsageError('the files hold no BackupDrill');
  const prepared = [];
  for (const drill of input.drills) prepared.push(await prepareDrill(input, drill, flags, surroundings));
  if (flags.evidence !== undefined) await copies.requireEvidenceFolder(flags.evidence);
  await writeArtifact(flags.artifact, '');
  const { stderr, clock, scrubber, environment } = surroundings;
  const live = progressLines.isLive(stderr, environment);
  const open = (): ReturnType<typeof progressLines.startProgress> =>
    progressLines.startProgress({ output: stderr, clock, scrubber, live });
  const end = await runSuite(prepared, open, surroundings);
  for (const { evidence } of end.ends)
    if (flags.evidence !== undefined && evidence !== undefined)
      await copies.copyEvidence(flags.evidence, evidence, (line) => stderr.write(`${line}\n`));
  return await writeEnd(flags, end, surroundings);
}

async function writeEnd(flags: SuiteFlags, end: SuiteEnd, surroundings: Surroundings): Promise<number> {
  const [{ suiteData, suiteText }, { drillExitCode }, { drillSuite }, { junitXml }] = await Promise.all([
    import('../report/suite.ts'),
    import('../report/drill.ts'),
    import('../report/drill-suite.ts'),
    import('../report/junit.ts'),
  ]);
  const artifact = jsonText(suiteData(end, surroundings.version));
  await writeArtifact(flags.artifact, surroundings.scrubber.scrub(artifact));
  switch (flags.output) {
    case 'text':
      writeText(surroundings, `${suiteText(end)}all reports: ${flags.artifact}\n`);
      break;
    case 'json':
      writeData(surroundings, artifact);
      break;
    case 'junit':
      writeData(surroundings, junitXml(end.ends.map(drillSuite)));
      break;
  }
  return drillExitCode(end.verdict);
}

/** Written empty at first: a place that cannot be written to is found before the drills and not after them. */
async function writeArtifact(path: string, text: string): Promise<void> {
  const { fileFault } = await import('../input/file-fault.ts');
  await writeFile(path, text).catch((error: unknown) => {
    throw new UsageError(`--artifact: ${path} cannot be written: ${fileFault(error)}`);
  });
}
