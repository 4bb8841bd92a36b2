import { describe, expect, it } from 'vitest';
import { ProcessError } from '../../process/process-error.ts';
import { describeErrors, mayComeOfLocale, mayComeOfMembership, restoreFailure } from './restore-errors.ts';
import { errorsOf } from './restore.ts';
import { readRestoreProgress } from './restore-progress.ts';

function read(text: string): ReturnType<typeof readRestoreProgress> {
  let now = 0;
  const progress = readRestoreProgress(() => (now += 1000));
  for (const line of text.trim().split('\n')) progress.line(line);
  return progress;
}

describe('readRestoreProgress', () => {
  it('keeps the words of the server without a value of the data', () => {
    const { errors } = read(`
pg_restore: from TOC entry 3378; 0 16391 TABLE DATA customer shop_owner
pg_restore: error: COPY failed for table "customer": ERROR:  invalid input syntax for type integer: "secret"
CONTEXT:  COPY customer, line 1, column id: "secret"
pg_restore: from TOC entry 3240; 2606 16397 CONSTRAINT customer customer_pkey shop_owner
pg_restore: error: could not execute query: ERROR:  could not create unique index "customer_pkey"
DETAIL:  Key (mail)=(somebody@example.net) is duplicated.
Command was: ALTER TABLE ONLY public.customer ADD CONSTRAINT customer_pkey PRIMARY KEY (mail);
pg_restore: from TOC entry 3379; 0 16392 TABLE DATA bill shop_owner
pg_restore: error: COPY failed for table "bill": ERROR:  value "99999999999" is out of range for type integer
CONTEXT:  COPY bill, line 1, column id: "99999999999"
pg_restore: from TOC entry 3380; 0 16393 TABLE DATA note shop_owner
pg_restore: error: COPY failed for table "note": ERROR:  mail of somebody@example.net is broken
CONTEXT:  PL/pgSQL function public.is_mail(text) line 3 at RAISE
COPY note, line 1: "somebody@example.net"
pg_restore: warning: errors ignored on restore: 4`);
    expect(errors).toEqual([
      { entry: 'TABLE DATA customer shop_owner', words: 'invalid input syntax for type integer' },
      {
        entry: 'CONSTRAINT customer customer_pkey shop_owner',
        words: 'could not create unique index "customer_pkey"',
      },
      { entry: 'TABLE DATA bill shop_owner', words: 'a value is out of range for type integer' },
      { entry: 'TABLE DATA note shop_owner', words: 'a function ended with an error' },
    ]);
  });

  it('knows when the last data was in', () => {
    const progress = read(`
pg_restore: launching item 3300 TABLE DATA a
pg_restore: finished item 3300 TABLE DATA a
pg_restore: finished item 3301 SEQUENCE SET a_id_seq
pg_restore: finished item 3200 CONSTRAINT a a_pkey
pg_restore: finished item 3210 INDEX a_b`);
    expect(progress.dataEnd).toBe(2000);
    expect(progress.errors).toEqual([]);
  });
});

describe('errorsOf', () => {
  const said = [{ words: 'schema "app" already exists' }];
  const program = 'pg_restore';
  const stderrTail = 'DETAIL:  Key (mail)=(somebody@example.net) is duplicated.';

  it('tells of an end by force beside what was said before, and nothing else of its last words', () => {
    const killed = new ProcessError({ program, ending: 'Exited', signal: 'SIGKILL', stderrTail });
    expect(errorsOf(said, killed)).toEqual([...said, { words: 'pg_restore was ended by SIGKILL' }]);
  });

  it('is what was said where it ended by itself', () => {
    expect(errorsOf(said, new ProcessError({ program, ending: 'Exited', exitCode: 1, stderrTail }))).toBe(
      said,
    );
  });
});

describe('mayComeOfLocale', () => {
  it.each([
    'new row for relation "bill" violates check constraint "bill_check"',
    'new row for relation "bill_m" violates partition constraint',
    'no partition of relation "bill" found for row',
    'empty range bound specified for partition "bill_m"',
    'could not create unique index "customer_lower"',
  ])('%s', (words) => {
    expect(mayComeOfLocale([{ words: 'relation "t" does not exist' }, { words }])).toBe(true);
  });

  it.each(['relation "t" does not exist', 'could not read from input file: end of file'])(
    'is none of what no locale causes: %s',
    (words) => {
      expect(mayComeOfLocale([{ words }])).toBe(false);
    },
  );
});

describe('mayComeOfMembership', () => {
  const grant = { entry: 'ACL TABLE orders boss', words: 'permission denied for schema office' };

  it('a grant that needs the schema', () => {
    expect(mayComeOfMembership([grant])).toBe(true);
  });

  it.each([
    { entry: 'ACL TABLE orders boss', words: 'role "clerk" does not exist' },
    { entry: 'MATERIALIZED VIEW DATA counted clerk', words: 'permission denied for schema office' },
    { words: 'permission denied for schema office' },
  ])('is not what else goes wrong: $entry $words', (error) => {
    expect(mayComeOfMembership([grant, error])).toBe(false);
  });
});

describe('restoreFailure', () => {
  it.each([
    ['DrillServerFailed', 'server closed the connection unexpectedly'],
    ['DrillServerFailed', 'terminating connection because of crash of another server process'],
    [
      'DrillServerFailed',
      'connection to server on socket "/s/.s.PGSQL.5432" failed: No such file or directory',
    ],
    ['DrillServerFailed', 'pg_restore was ended by SIGKILL'],
    ['DrillServerFailed', 'deadlock detected'],
    ['DrillServerFailed', 'tuple concurrently updated'],
    ['DrillVolumeTooSmall', 'could not extend file "base/16384/16401": No space left on device'],
    ['DrillServerUnfit', 'extension "postgis" is not available'],
    ['DrillServerUnfit', 'pg_cron can only be loaded via shared_preload_libraries'],
    ['DrillServerUnfit', 'unrecognized parameter "pg_attver"'],
    ['DrillServerUnfit', 'could not connect to server "warehouse"'],
    ['DrillServerUnfit', 'could not establish connection'],
    ['DrillServerUnfit', 'could not access file "$libdir/h3": No such file or directory'],
  ])('%s: %s', (reason, words) => {
    const later = { words: 'relation "t" does not exist' };
    expect(restoreFailure('shop', [later, { words }])?.reason).toBe(reason);
  });

  it('is that of a killed process of pg_restore, unless it said before what was wrong', () => {
    const died = { words: 'a worker process died unexpectedly' };
    expect(restoreFailure('shop', [died])?.reason).toBe('DrillServerFailed');
    expect(restoreFailure('shop', [{ words: 'could not decompress data' }, died])).toBeUndefined();
  });

  it.each(['relation "t" does not exist', 'could not create unique index "t_pkey"'])(
    'is none of the server where the backup is at fault: %s',
    (words) => {
      expect(restoreFailure('shop', [{ words }])).toBeUndefined();
    },
  );

  it('says how many errors there are', () => {
    const errors = [1, 2, 3, 4, 5].map((n) => ({ entry: `TABLE t${n} app`, words: 'no' }));
    expect(describeErrors(errors)).toBe('TABLE t1 app: no; TABLE t2 app: no; TABLE t3 app: no; and 2 more');
  });
});
