import { Command } from 'commander';
import { closeCluster, clusterName, describeCluster, openCluster } from './open.ts';
import { say } from '../../../scripts/tools/say.ts';

const program = new Command('cluster').description('the Kubernetes cluster that tests and the demo use');

program
  .command('up')
  .description('bring it up, or find it running')
  .action(async () => {
    const cluster = await openCluster();
    say(`${cluster.name} cluster is up. For a shell: eval "$(npm run --silent cluster -- env)"`);
  });

program
  .command('down')
  .description('remove it and all it left')
  .action(async () => {
    const backend = await closeCluster();
    say(backend === 'kubeconfig' ? 'a given cluster is left as it is' : `${backend} cluster is gone`);
  });

program
  .command('status')
  .description('say which one it is, and whether it is there')
  .action(async () => console.log(await describeCluster()));

program
  .command('env')
  .description('print the shell commands that point kubectl and helm at it')
  .action(async () => {
    const { name, env } = await openCluster();
    // With a KUBECONFIG alone, later commands in that shell would take the cluster for one that was given.
    console.log(`export PGCAIRN_CLUSTER='${name}'`);
    if (name !== 'kubeconfig') console.log(`export PGCAIRN_CLUSTER_NAME='${clusterName()}'`);
    for (const [name, value] of Object.entries(env)) console.log(`export ${name}='${value}'`);
  });

await program.parseAsync();
