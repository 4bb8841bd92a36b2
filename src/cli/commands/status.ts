import type { Command } from 'commander';
import type { ClusterFlags } from '../cluster/open.ts';
import { cliExitCodes } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import type { OpenCommandLine } from './command-line.ts';
import { jsonText, outputOption, perform, withClusterFlags, writeData, writeText } from './command-line.ts';

interface StatusFlags extends ClusterFlags {
  readonly allNamespaces?: true;
  readonly output: 'table' | 'json';
}

export function addStatusCommand(program: Command, open: OpenCommandLine): void {
  withClusterFlags(program.command('status'))
    .description(
      'is everything in the cluster recoverable? a line for each backup and drill; 1: something needs attention',
    )
    .option('-A, --all-namespaces', 'every namespace')
    .addOption(outputOption(['table', 'json']))
    .action((flags: StatusFlags) => perform(open, (surroundings) => status(flags, surroundings)));
}

async function status(flags: StatusFlags, surroundings: Surroundings): Promise<number> {
  const [{ listAll, withCluster }, { assess }, { assessmentText }, backups, drills] = await Promise.all([
    import('../cluster/open.ts'),
    import('../cluster/assess.ts'),
    import('../report/assessment.ts'),
    import('../../api/v1alpha1/postgres-backup.ts'),
    import('../../api/v1alpha1/backup-drill.ts'),
  ]);
  const { clock, signal } = surroundings;
  const found = await withCluster(flags, surroundings, async (cluster) => {
    const namespace = flags.allNamespaces === true ? undefined : cluster.namespace;
    return {
      backups: await listAll(cluster, backups.postgresBackupType, namespace, signal),
      drills: await listAll(cluster, drills.backupDrillType, namespace, signal),
    };
  });
  const assessments = [...found.backups, ...found.drills]
    .map((object) => assess(object, clock.now(), found.drills))
    .toSorted((a, b) => `${a.namespace} ${a.object}`.localeCompare(`${b.namespace} ${b.object}`));
  if (flags.output === 'json') writeData(surroundings, jsonText(assessments));
  else writeText(surroundings, assessmentText(assessments));
  const attention = assessments.some(({ state }) => state === 'Attention');
  return attention ? cliExitCodes.failed : cliExitCodes.success;
}
