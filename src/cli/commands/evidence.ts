import type { Command } from 'commander';
import { cliExitCodes } from '../exit-codes.ts';
import type { VerifiedChain } from '../repository/evidence.ts';
import type { RepositoryFlags } from '../repository/open.ts';
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

interface EvidenceFlags extends RepositoryFlags {
  readonly drill?: string;
  readonly partial?: true;
  readonly skipSignatures?: true;
  readonly output: 'text' | 'json';
}

export function addEvidenceCommand(program: Command, open: OpenCommandLine): void {
  const evidence = program.command('evidence').description('work with the evidence that drills leave');
  withRepositoryFlags(evidence.command('verify [folder]'))
    .description(
      'check the evidence of drills, in a folder or a repository; 1: it does not hold, or there is none',
    )
    .option('--drill <namespace/name>', 'only that of this BackupDrill, in a repository')
    .option(
      '--partial',
      'the folder holds only a part of the chain: what comes before the first may be missing',
    )
    .option('--skip-signatures', 'go without the signing key that the repository of -f names')
    .addOption(outputOption(['text', 'json']))
    .action((folder: string | undefined, flags: EvidenceFlags) =>
      perform(open, (surroundings) => verifyEvidence(folder, flags, surroundings)),
    );
}

async function verifyEvidence(
  folder: string | undefined,
  flags: EvidenceFlags,
  surroundings: Surroundings,
): Promise<number> {
  const { evidenceChainData, evidenceChainText } = await import('../report/evidence-chain.ts');
  const chains =
    folder === undefined ? await inRepository(flags, surroundings) : await inFolder(folder, flags);
  if (flags.output === 'json') writeData(surroundings, jsonText(evidenceChainData(chains)));
  else writeText(surroundings, evidenceChainText(chains));
  const holds = chains.length > 0 && chains.every(({ valid }) => valid);
  return holds ? cliExitCodes.success : cliExitCodes.failed;
}

async function inFolder(folder: string, flags: EvidenceFlags): Promise<VerifiedChain[]> {
  if (flags.file.length > 0 || flags.s3 !== undefined || flags.volume.length > 0)
    throw new UsageError('give a folder or a repository, not both');
  const { readPublicKey } = await import('../repository/open.ts');
  const { verifyFolder } = await import('../repository/evidence.ts');
  const key = flags.publicKey === undefined ? undefined : await readPublicKey(flags.publicKey);
  return await verifyFolder(folder, { key, partial: flags.partial === true });
}

async function inRepository(flags: EvidenceFlags, surroundings: Surroundings): Promise<VerifiedChain[]> {
  const { withRepository } = await import('../repository/open.ts');
  const { parseBackupName } = await import('../repository/contents.ts');
  const { verifyStoredEvidence } = await import('../repository/evidence.ts');
  const only = flags.drill === undefined ? undefined : parseBackupName('--drill', flags.drill);
  const opened = { ...flags, keyRequired: flags.skipSignatures !== true };
  return await withRepository(opened, surroundings, (repository) =>
    verifyStoredEvidence(repository, only, flags.partial === true),
  );
}
