import { counted, grouped } from '../../../domain/amounts.ts';
import { compareFedColumns } from '../../../postgres/checks/sequences.ts';
import { compareSequenceValues, readSequenceValues } from '../../../postgres/checks/sequence-values.ts';
import type { Checked } from './checked.ts';
import { failedWith, none } from './checked.ts';
import type { DatabaseScope } from './scope.ts';

/** Where the dump sets them, and ahead of the columns that they feed. */
export async function checkSequences({ contents, sessions }: DatabaseScope): Promise<Checked> {
  const values = await readSequenceValues(sessions[0]);
  const { count, differences } = compareSequenceValues(contents, values);
  const { compared, behind } = await compareFedColumns(sessions, values);
  // Where all stand as in the backup, the source is to blame.
  const alike = differences.length === 0 ? '; so it is at the source' : '';
  const findings = [...differences, ...behind.map((words) => `${words}${alike}`)];
  if (findings.length > 0) return failedWith(findings, values.size);
  if (values.size === 0) return none('sequences');
  // A run of definitions alone does not say where they stood.
  const those = count === values.size ? '' : `${grouped(count)} of `;
  const ahead = compared === 0 ? '' : `, ahead of the data in ${counted(compared, 'column')}`;
  return {
    outcome: 'Passed',
    count: values.size,
    detail: `${those}${counted(values.size, 'sequence')} as in the backup${ahead}`,
  };
}
