import { counted, grouped } from '../../../domain/amounts.ts';
import { weights } from '../../../postgres/checks/crew.ts';
import { compareFedColumns } from '../../../postgres/checks/sequences.ts';
import { compareSequenceValues, readSequenceValues } from '../../../postgres/checks/sequence-values.ts';
import type { Checked } from './checked.ts';
import { failedWith, none } from './checked.ts';
import type { DatabaseScope } from './scope.ts';

const notInDump = '; the dump does not hold where it stood: filters, or its extension, leave it out of dumps';

/** Where the dump sets them, and ahead of the columns that they feed. */
export async function checkSequences({ contents, crew }: DatabaseScope): Promise<Checked> {
  const values = await crew.run(weights.catalogue, readSequenceValues);
  const { set, differences } = compareSequenceValues(contents, values);
  const { compared, behind } = await compareFedColumns(crew, values);
  // Where all that the dump sets stand as in the backup, the source is to blame.
  const alike = differences.length === 0 ? '; so it is at the source' : '';
  const why = (sequence: string): string => (set.has(sequence) ? alike : notInDump);
  const findings = [...differences, ...behind.map(({ sequence, words }) => `${words}${why(sequence)}`)];
  if (findings.length > 0) return failedWith(findings, values.size);
  if (values.size === 0) return none('sequences');
  // A run of definitions alone does not say where they stood.
  const those = set.size === values.size ? '' : `${grouped(set.size)} of `;
  const ahead = compared === 0 ? '' : `, ahead of the data in ${counted(compared, 'column')}`;
  return {
    outcome: 'Passed',
    count: values.size,
    detail: `${those}${counted(values.size, 'sequence')} as in the backup${ahead}`,
  };
}
