import type { AuditTable } from './catalogue.ts';
import type { Remedy } from './finding.ts';

/** Indexes that are to be made, so that two findings do not ask for two where one serves both. */
export interface Proposals {
  add(table: AuditTable, columns: readonly string[], name: string): void;
  /** One that begins with these columns in whatever order. */
  leadingWith(table: AuditTable, columns: readonly string[]): string | undefined;
  /** One that begins with these columns in this order. */
  beginningWith(table: AuditTable, columns: readonly string[]): string | undefined;
}

interface Proposal {
  readonly table: number;
  readonly columns: readonly string[];
  readonly name: string;
}

export function noProposals(): Proposals {
  const made: Proposal[] = [];
  const find = ({ oid }: AuditTable, passes: (columns: readonly string[]) => boolean): string | undefined =>
    made.find((one) => one.table === oid && passes(one.columns))?.name;
  return {
    add: ({ oid }, columns, name) => {
      made.push({ table: oid, columns, name });
    },
    leadingWith: (table, columns) =>
      find(table, (made) => columns.every((name) => made.slice(0, columns.length).includes(name))),
    beginningWith: (table, columns) => find(table, (made) => columns.every((name, at) => made[at] === name)),
  };
}

export function servedBy(name: string): Remedy {
  return { do: 'Nothing', because: `the index ${name}, which another finding asks for, serves this too` };
}
