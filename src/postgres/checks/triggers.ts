import type { TocEntry } from '../../stream/pg-archive/format.ts';
import type { Session } from '../session.ts';

export interface TriggerStates {
  readonly count: number;
  /** For a person, each naming the trigger. */
  readonly differences: readonly string[];
}

/** As in pg_trigger.tgenabled. */
type State = 'O' | 'D' | 'R' | 'A';

const words: Readonly<Record<State, string>> = {
  O: 'enabled',
  D: 'disabled',
  R: 'enabled for replicas alone',
  A: 'always enabled',
};

interface Row {
  readonly schema: string | null;
  /** Of its table and its own, as a dump has them. */
  readonly tag: string;
  readonly state: State;
  /** Of the trigger that it is a partition's copy of. */
  readonly parentState: State | null;
  readonly internal: boolean;
}

const triggersSql = `
SELECT n.nspname::text AS schema, c.relname || ' ' || t.tgname AS tag, t.tgenabled::text AS state,
       p.tgenabled::text AS "parentState", t.tgisinternal AS internal
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_trigger p ON p.oid = t.tgparentid
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                  AND d.objsubid = 0 AND d.deptype = 'e')
UNION ALL
SELECT NULL, evtname::text, evtenabled::text, NULL, false FROM pg_event_trigger e
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_event_trigger'::regclass AND d.objid = e.oid
                  AND d.deptype = 'e')
ORDER BY 1, 2`;

/**
 * Compares whether triggers fire with what the dump says. Those that serve a foreign key always do: a dump does not
 * say otherwise. One on a partition does as its parent's, unless the dump says otherwise.
 */
export async function compareTriggers(
  session: Session,
  contents: readonly TocEntry[],
): Promise<TriggerStates> {
  const expected = new Map(
    contents
      .filter(({ desc }) => desc === 'TRIGGER' || desc === 'EVENT TRIGGER')
      .map((entry) => [keyOf(entry.namespace ?? null, entry.tag), stateOf(entry)] as const),
  );
  const rows = await session.query<Row>(triggersSql);
  const differences = rows.flatMap((row) => {
    const wanted =
      expected.get(keyOf(row.schema, row.tag)) ?? row.parentState ?? (row.internal ? 'O' : undefined);
    if (wanted === undefined || wanted === row.state) return [];
    return [`${nameOf(row)} is ${words[row.state]}, and ${words[wanted]} in the backup`];
  });
  const found = new Set(rows.map(({ schema, tag }) => keyOf(schema, tag)));
  const missing = contents.filter(
    ({ desc, namespace, tag }) =>
      (desc === 'TRIGGER' || desc === 'EVENT TRIGGER') && !found.has(keyOf(namespace ?? null, tag)),
  );
  const absent = missing.map(
    ({ namespace, tag }) => `${nameOf({ schema: namespace ?? null, tag })} is missing`,
  );
  return { count: expected.size, differences: [...absent, ...differences] };
}

function keyOf(schema: string | null, tag: string): string {
  return JSON.stringify([schema, tag]);
}

function nameOf({ schema, tag }: Pick<Row, 'schema' | 'tag'>): string {
  return schema === null ? `event trigger ${tag}` : `trigger ${schema}.${tag}`;
}

const lastSwitch =
  /(?:^|\n)ALTER (?:(?:FOREIGN )?TABLE [^\n]* (?<table>DISABLE|ENABLE ALWAYS|ENABLE REPLICA|ENABLE) TRIGGER [^\n]*|EVENT TRIGGER [^\n]* (?<event>DISABLE|ENABLE ALWAYS|ENABLE REPLICA|ENABLE));\s*$/;

const stateOfSwitch: Readonly<Record<string, State>> = {
  DISABLE: 'D',
  'ENABLE ALWAYS': 'A',
  'ENABLE REPLICA': 'R',
};

function stateOf({ definition = '' }: TocEntry): State {
  const groups = lastSwitch.exec(definition)?.groups;
  return stateOfSwitch[groups?.['table'] ?? groups?.['event'] ?? ''] ?? 'O';
}
