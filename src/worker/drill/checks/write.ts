import { tryWrite } from '../../../postgres/checks/write.ts';
import type { Checked } from './checked.ts';
import type { DatabaseScope } from './scope.ts';

export async function checkWrite({ sessions }: DatabaseScope): Promise<Checked> {
  const [writer, reader] = sessions;
  if (reader === undefined) throw new Error('a write is read by a second session');
  const fault = await tryWrite(writer, reader);
  return fault === undefined
    ? { outcome: 'Passed', detail: 'a table was made, and a row written and read by another session' }
    : { outcome: 'Failed', detail: fault };
}
