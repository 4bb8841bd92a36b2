import { describe, expect, it } from 'vitest';
import type { DumpChoice } from './dump-arguments.ts';
import { dumpArguments } from './dump-arguments.ts';

const nothing = {
  includeSchemas: [],
  includeTables: [],
  excludeSchemas: [],
  excludeTables: [],
  excludeTableData: [],
};
function argumentsOf(choice: Partial<DumpChoice> = {}): string[] {
  return dumpArguments({
    database: 'shop',
    clientMajor: 18,
    snapshotId: '00000003-0000001B-1',
    content: 'All',
    filters: nothing,
    lockWaitSeconds: 60,
    ...choice,
  });
}

describe('dumpArguments', () => {
  it('asks for one compressed archive of the snapshot, and never for a password', () => {
    expect(argumentsOf()).toEqual([
      '--format=custom',
      '--compress=zstd:1',
      '--no-password',
      '--snapshot=00000003-0000001B-1',
      '--lock-wait-timeout=60000',
      '--large-objects',
      '--strict-names',
      `--dbname=dbname='shop' keepalives_idle=60 keepalives_interval=10 keepalives_count=6`,
    ]);
  });

  it('leaves compression to the caller before 16', () => {
    expect(argumentsOf({ clientMajor: 15 })).toEqual(expect.arrayContaining(['--compress=0', '--blobs']));
  });

  it.each([
    ['All', ['--large-objects'], ['--schema-only', '--data-only']],
    ['SchemaOnly', ['--schema-only'], ['--large-objects', '--data-only']],
    ['DataOnly', ['--large-objects', '--data-only'], ['--schema-only']],
  ] as const)('dumps %s with %j and without %j', (content, present, absent) => {
    const given = argumentsOf({ content });
    expect(given).toEqual(expect.arrayContaining([...present]));
    for (const word of absent) expect(given).not.toContain(word);
  });

  it('quotes every name, so that none is a pattern or an option', () => {
    const hostile = { schema: '*', name: '--file=x"y.*' };
    const filters = {
      includeSchemas: ['a*'],
      includeTables: [hostile],
      excludeSchemas: ['"'],
      excludeTables: [hostile],
      excludeTableData: [hostile],
    };
    expect(argumentsOf({ filters })).toEqual(
      expect.arrayContaining([
        '--schema="a*"',
        '--table-and-children="*"."--file=x""y.*"',
        '--exclude-schema=""""',
        '--exclude-table-and-children="*"."--file=x""y.*"',
        '--exclude-table-data-and-children="*"."--file=x""y.*"',
      ]),
    );
  });

  it('never switches row security on', () => {
    expect(argumentsOf().join(' ')).not.toContain('row-security');
  });
});
