import type { BackupDrill } from '../../../src/api/v1alpha1/backup-drill.ts';
import type { Evidence } from '../../../src/domain/evidence.ts';
import { waitFor } from '../harness/kubectl.ts';
import type { Stage } from '../kills/stage.ts';
import { fetchEvidence, verifyEvidence } from '../stage/evidence.ts';
import { isOpen } from '../stage/objects.ts';
import { namespace } from './moments.ts';

/**
 * What is wrong after a round: a verdict that no evidence in the store bears out, a drill that was counted twice,
 * evidence that does not hold, or anything left behind.
 */
export async function faultsAfter(stage: Stage, drills: readonly BackupDrill[]): Promise<readonly string[]> {
  const verdicts = await Promise.all(drills.map((drill) => faultsOf(stage, drill)));
  return [...verdicts.flat(), ...(await left(stage))];
}

async function faultsOf({ shop }: Stage, { metadata, status }: BackupDrill): Promise<readonly string[]> {
  const { name } = metadata;
  const evidence = await fetchEvidence(shop, name);
  const faults: string[] = [];
  if (status?.history?.length !== 1) faults.push(`${name}: ${status?.history?.length} records of one drill`);
  const last = status?.lastRun;
  const document = evidence.get(`${last?.runId}/evidence.json`);
  const isPublished = evidence.has(`${last?.runId}/evidence.dsse.json`);
  const stored = document && isPublished ? (JSON.parse(document.toString()) as Evidence) : undefined;
  const borneOut = stored ? stored.verdict : 'Inconclusive';
  if (last?.verdict !== borneOut) faults.push(`${name}: status says ${last?.verdict}, the store ${borneOut}`);
  if (isPublished) {
    const { holds, words } = await verifyEvidence(shop, evidence);
    if (!holds) faults.push(`${name}: ${words}`);
  }
  return faults;
}

/** Pods that run, Jobs that nobody let go, and Leases of this namespace. No drill here has a claim of its own. */
async function left(stage: Stage): Promise<readonly string[]> {
  await waitFor('nothing to be left', async () => (await leftNow(stage)).length === 0, {
    timeoutSeconds: 120,
  }).catch(() => undefined);
  return leftNow(stage);
}

async function leftNow({ kubectl, installation }: Stage): Promise<readonly string[]> {
  interface Thing {
    readonly metadata: {
      readonly name: string;
      readonly finalizers?: readonly string[];
      readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly status?: { readonly phase?: string };
  }
  const workers = 'app.kubernetes.io/component=worker';
  const pods = await kubectl.list<Thing>('pods', namespace, workers);
  const jobs = await kubectl.list<Thing>('jobs', namespace);
  const leases = await kubectl.list<Thing>('leases', installation.namespace);
  const names = (kind: string, things: readonly Thing[]): readonly string[] =>
    things.map(({ metadata }) => `${kind}/${metadata.name}`);
  return [
    ...names('pod', pods.filter(isOpen)),
    ...names(
      'job',
      jobs.filter(({ metadata }) => metadata.finalizers?.includes('pgcairn.dev/result')),
    ),
    ...names(
      'lease',
      leases.filter(({ metadata }) =>
        metadata.annotations?.['pgcairn.dev/holder']?.startsWith(`${namespace}/`),
      ),
    ),
  ];
}
