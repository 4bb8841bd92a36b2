import { counted, grouped } from '../../../domain/amounts.ts';
import { compareConstraints } from '../../../postgres/checks/constraints.ts';
import { weights } from '../../../postgres/checks/crew.ts';
import { compareExtensions, readExtensions } from '../../../postgres/checks/extensions.ts';
import { verifyForeignKeys } from '../../../postgres/checks/foreign-keys.ts';
import { readIndexStates } from '../../../postgres/checks/indexes.ts';
import { compareLargeObjects } from '../../../postgres/checks/large-objects.ts';
import { compareTriggers } from '../../../postgres/checks/triggers.ts';
import type { Checked } from './checked.ts';
import { failedWith, none } from './checked.ts';
import type { DatabaseScope } from './scope.ts';

export async function checkLargeObjects({ database, contents, crew }: DatabaseScope): Promise<Checked> {
  const { found, differences } = await crew.run(weights.catalogue, (session) =>
    compareLargeObjects(session, contents),
  );
  const { largeObjects } = database.inventory;
  if (found !== largeObjects)
    return failedWith(
      [`${counted(found, 'large object')} instead of ${grouped(largeObjects)}`, ...differences],
      largeObjects,
    );
  if (differences.length > 0) return failedWith(differences, largeObjects);
  if (found === 0) return none('large objects');
  return {
    outcome: 'Passed',
    count: found,
    detail: `${counted(found, 'large object with its owner', 'large objects with their owners')}, as in the backup`,
  };
}

/** A dump of parts of a database leaves extensions out, which are made before: then only what is there is compared. */
export async function checkExtensions({ run, database, crew }: DatabaseScope): Promise<Checked> {
  const installed = await crew.run(weights.catalogue, readExtensions);
  const expected = database.inventory.extensions.filter(
    ({ name }) => !run.manifest.filtered || installed.has(name),
  );
  const { count, faults, unfit, newer } = compareExtensions(expected, installed);
  if (faults.length > 0) return failedWith([...faults, ...unfit], count);
  if (unfit.length > 0) return { ...failedWith(unfit, count), outcome: 'Undecided' };
  if (count === 0) return none('extensions');
  const words =
    newer.length === 0 ? 'in the same version' : `the others in the same version; ${newer.join('; ')}`;
  return { outcome: 'Passed', count, detail: `${counted(count, 'extension')}, ${words}` };
}

export async function checkIndexes({ crew }: DatabaseScope): Promise<Checked> {
  const { count, invalid } = await crew.run(weights.catalogue, readIndexStates);
  if (invalid.length > 0) return failedWith(invalid, count);
  if (count === 0) return none('indexes');
  return { outcome: 'Passed', count, detail: `${counted(count, 'index is', 'indexes are')} valid` };
}

export async function checkConstraints({ contents, crew }: DatabaseScope): Promise<Checked> {
  const states = await crew.run(weights.catalogue, (session) => compareConstraints(session, contents));
  const { verified, left, violations } = await verifyForeignKeys(crew);
  const findings = [...states.differences, ...violations];
  if (findings.length > 0) return failedWith(findings, states.count);
  if (states.count + verified + left === 0) return none('constraints');
  const byServer = left === 0 ? '' : `, ${grouped(left)} of large tables as the server did on loading`;
  return {
    outcome: 'Passed',
    count: states.count,
    detail: `${counted(states.count, 'constraint is', 'constraints are')} valid as in the backup; ${counted(verified, 'foreign key')} verified row by row${byServer}`,
  };
}

export async function checkTriggers({ contents, crew }: DatabaseScope): Promise<Checked> {
  const { count, differences } = await crew.run(weights.catalogue, (session) =>
    compareTriggers(session, contents),
  );
  if (differences.length > 0) return failedWith(differences, count);
  if (count === 0) return none('triggers');
  return {
    outcome: 'Passed',
    count,
    detail: `${counted(count, 'trigger is', 'triggers are')} enabled or disabled as in the backup`,
  };
}
