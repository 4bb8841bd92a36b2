import { DatabaseError } from 'pg';
import { describe, expect, it } from 'vitest';
import { serverError } from './sql-errors.ts';

function sqlError(code: string, message: string, detail?: string): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), {
    code,
    ...(detail === undefined ? {} : { detail }),
  });
}

describe('serverError', () => {
  it.each([
    [
      '22P02',
      'invalid input syntax for type integer: "ada@example.net"',
      'invalid input syntax for type integer',
    ],
    [
      '22003',
      'value "99999999999" is out of range for type integer',
      'a value is out of range for type integer',
    ],
    ['P0001', 'customer ada@example.net is broken', 'a function ended with an error (SQLSTATE P0001)'],
    ['23505', 'could not create unique index "t_pkey"', 'could not create unique index "t_pkey"'],
  ])('%s tells no value of the data', (code, message, words) => {
    const detail = 'Key (mail)=(ada@example.net) is duplicated.';
    expect(serverError(sqlError(code, message, detail))?.words).toBe(words);
  });

  it.each([
    'PL/pgSQL function public.is_mail(text) line 3 at RAISE',
    'PL/pgSQL function is_mail(text) line 3 at RAISE\nSQL statement "SELECT 1"\nPL/pgSQL function f() line 1 at PERFORM',
    'Traceback (most recent call last):\n  File "", line 1\nPL/Python function "is_mail"',
    'PL/Perl function "is_mail"',
  ])('tells nothing of what a function says with a code of its own: %s', (where) => {
    const error = Object.assign(sqlError('UV001', 'ada@example.net is none', 'ada@example.net'), { where });
    expect(serverError(error)?.words).toBe('a function ended with an error (SQLSTATE UV001)');
  });

  it('tells what the server says of a statement within a function', () => {
    const where = 'PL/pgSQL function f() line 3 at SQL statement';
    const error = Object.assign(sqlError('42P01', 'relation "t" does not exist'), { where });
    expect(serverError(error)?.words).toBe('relation "t" does not exist');
  });

  it('tells the detail of a damage', () => {
    const error = sqlError('XX002', 'item order invariant violated', 'Lower index tid=(1,2)');
    expect(serverError(error)).toMatchObject({
      words: 'item order invariant violated (Lower index tid=(1,2))',
      kind: 'Damaged',
    });
  });

  it.each(['53100', '53200', '57014', '58030', '08001', 'HV00N'])('%s says nothing of the data', (code) => {
    expect(serverError(sqlError(code, 'no'))?.kind).toBe('Unable');
  });
});
