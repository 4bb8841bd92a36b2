// npm run demo. Its arguments: npm run demo -- --help
import { rmSync } from 'node:fs';
import { closeCluster } from '../test/cluster/harness/open.ts';
import { readArguments, usage } from './arguments.ts';
import type { Place } from './place.ts';
import { demoPlace, namespace } from './place.ts';

async function main(): Promise<void> {
  const wish = readArguments(process.argv.slice(2));
  switch (wish.kind) {
    case 'help':
      console.log(usage);
      return;
    case 'wrong':
      console.error(`${wish.because}\n\n${usage}`);
      process.exitCode = 2;
      return;
    case 'down':
      await takeDown(await demoPlace());
      return;
    case 'run':
      // The other wishes need not wait for what it needs.
      await (await import('./show.ts')).show(await demoPlace(), wish.megabytes);
  }
}

async function takeDown({ cluster, given, folder }: Place): Promise<void> {
  if (given === undefined) await closeCluster();
  rmSync(folder, { recursive: true, force: true });
  if (given === undefined) {
    console.log(`${cluster} and what the demo wrote on this machine are gone`);
    return;
  }
  console.log(`${cluster} is left as it is; what the demo wrote on this machine is gone.
What it made in that cluster, if it was run there, goes with:
  kubectl delete namespace ${namespace}
  helm uninstall pgcairn --namespace pgcairn-system
  kubectl delete namespace pgcairn-system
For a cluster that the demo made itself:  env -u KUBECONFIG npm run demo -- --down`);
}

await main();
