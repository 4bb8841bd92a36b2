import { sha256Hex } from '../../base/hash.ts';
import type { Catalogue, CatalogueRun } from '../../domain/catalogue.ts';
import { passedOver, pickRun } from '../../domain/drill-pick.ts';
import type { Pick } from '../../domain/drill-pick.ts';
import { otherSigner } from '../../domain/drill-verdict.ts';
import { sequenceFaults } from '../../domain/drill-sequence.ts';
import { Failure } from '../../domain/failure.ts';
import { largestGapSeconds } from '../../domain/recovery-gap.ts';
import { readCatalogue } from '../catalogue.ts';
import { step } from '../run-context.ts';
import type { DrillContext, Finding } from './ledger.ts';
import { Refuted, makeCheck } from './ledger.ts';

/**
 * Reads the catalogue, picks the run, and says what of it holds before a byte of its data is read. Errors: `Refuted`
 * with the check in the ledger, `Failure` NoSuchRun, those of the store.
 */
export async function openSource(context: DrillContext): Promise<CatalogueRun> {
  const { result } = await step(context, 'reading catalogue', () => readTwice(context));
  const { catalogue, pick } = result;
  noteGap(context, catalogue);
  context.ledger.passedOver = passedOver(catalogue, context.task.spec.source.pick).length;
  if (pick.kind === 'None') {
    const { namespace, name } = context.task.source;
    throw new Failure('NoSuchRun', `${context.store.location}, backup ${namespace}/${name}: ${pick.why}`);
  }
  const run = await makeCheck(context, 'Signature', () => checkSignature(context, catalogue, pick));
  if (pick.kind === 'Run') noteRun(context, pick.run);
  await makeCheck(context, 'Sequence', () => checkSequence(context, catalogue));
  if (run !== undefined) return run;
  return await makeCheck(context, 'Digests', () => refuse(pick));
}

interface Source {
  readonly catalogue: Catalogue;
  readonly pick: Pick;
}

/**
 * A run that is being published or removed while the listing goes by looks as if something were missing from it. So
 * what does not hold is read again before it is believed.
 */
async function readTwice(context: DrillContext): Promise<Source> {
  const first = await readOnce(context);
  if (first.pick.kind === 'Run' && faultsOf(context, first.catalogue).length === 0) return first;
  await context.clock.sleep(secondReadingMilliseconds, context.signal);
  return await readOnce(context);
}

const secondReadingMilliseconds = 1_000;

async function readOnce(context: DrillContext): Promise<Source> {
  const { task } = context;
  const catalogue = await readCatalogue(context, task.source);
  const seed = Number.parseInt(sha256Hex(task.run.id).slice(0, 8), 16);
  return { catalogue, pick: pickRun(catalogue, task.spec.source.pick, seed) };
}

function faultsOf({ task }: DrillContext, catalogue: Catalogue): string[] {
  return sequenceFaults(catalogue, task.source.newest);
}

function noteGap({ ledger, clock }: DrillContext, { runs }: Catalogue): void {
  const gap = largestGapSeconds(
    runs.map(({ manifest }) => new Date(manifest.snapshotTime)),
    clock.now(),
  );
  if (gap !== undefined) ledger.measured.largestGapSeconds = gap;
}

function noteRun({ ledger }: DrillContext, { manifest, manifestDigest, signed }: CatalogueRun): void {
  const { namespace, name, uid } = manifest.backup;
  const { runId, sequence, snapshotTime, content, filtered, suspicious } = manifest;
  const age = (ledger.startTime.getTime() - Date.parse(snapshotTime)) / 1000;
  ledger.measured.recoveryPointSeconds = Math.max(0, age);
  ledger.backup = {
    namespace,
    name,
    uid,
    runId,
    manifestDigest,
    sequence,
    signed,
    snapshotTime,
    content,
    filtered,
    suspicious,
    serverVersion: manifest.server.version,
    storedBytes: manifest.objects.reduce((sum, { stored }) => sum + stored.bytes, 0),
    databases: manifest.databases.map((database) => database.name),
  };
}

/** Undefined: the manifest may hold, but what it names is not all there. */
async function checkSignature(
  { signingKey, ledger }: DrillContext,
  { invalid }: Catalogue,
  pick: Exclude<Pick, { kind: 'None' }>,
): Promise<readonly [Finding, CatalogueRun | undefined]> {
  if (pick.kind === 'Refused' && pick.check === 'Signature') throw refusal(pick);
  const run = pick.kind === 'Run' ? pick.run : undefined;
  const others = invalid.filter(({ folder }) => folder !== pick.run.folder);
  const rest =
    others.length === 0
      ? ''
      : `; of the other runs ${String(others.length)} cannot be believed: ${others
          .slice(0, 3)
          .map(({ folder, fault }) => `${folder.runId}: ${fault}`)
          .join(', ')}${ledger.passedOver === 0 ? '' : `; passed over: ${otherSigner(ledger.passedOver)}`}`;
  if (signingKey === undefined)
    return [{ outcome: 'NotChecked', detail: `the repository has no signing key${rest}` }, run];
  return [
    {
      outcome: 'Passed',
      detail: `the manifest of run ${pick.run.folder.runId} is signed by ${signingKey.fingerprint}${rest}`,
    },
    run,
  ];
}

async function checkSequence(
  context: DrillContext,
  catalogue: Catalogue,
): Promise<readonly [Finding, undefined]> {
  const faults = faultsOf(context, catalogue);
  if (faults.length > 0) throw new Refuted(faults.join('; '));
  const count = catalogue.runs.length;
  const detail = 'the numbers and links of the kept runs hold';
  return [{ outcome: 'Passed', detail, count }, undefined];
}

function refuse(pick: Pick): Promise<never> {
  return Promise.reject(pick.kind === 'Refused' ? refusal(pick) : new Error('nothing was refused'));
}

function refusal({ run }: Extract<Pick, { kind: 'Refused' }>): Refuted {
  return new Refuted(`run ${run.folder.runId}: ${run.fault}`);
}
