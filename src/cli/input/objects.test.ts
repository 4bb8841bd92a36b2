import { expect, it } from 'vitest';
import { readDocuments } from './documents.ts';
import { readObjects } from './objects.ts';

const read = (text: string) =>
  readObjects(readDocuments({ name: 'all.yaml', text }), {
    namespace: 'default',
    now: new Date('2026-11-20T00:00:00Z'),
  });

it.each(['{"name": "a package", "private": true}', '[1]', 'words'])(
  'says of %s that it is no object',
  (text) => {
    expect(() => read(text)).toThrow(/^all\.yaml, line 1: this is no object of Kubernetes/);
  },
);

it('names the kind of an object that it does not read', () => {
  expect(() => read('apiVersion: v1\nkind: Pod\n')).toThrow(/line 2: kind "Pod" of "v1" is none/);
});

it('names every fault of an object on a line of its own, in words of people', () => {
  const text = `apiVersion: pgcairn.dev/v1alpha1
kind: BackupRepository
metadata: {name: offsite}
spec:
  volume: {claimName: 7}
  encryption: {age: {recipients: [age1short]}}
  signing: {}
  shedule: now
`;

  expect(() => read(text)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        new RegExp(
          [
            '^all\\.yaml, line 5: BackupRepository offsite: spec\\.volume\\.claimName: must be of type string, not number$',
            '^all\\.yaml, line 6: .*recipients\\.0: must be an age public key',
            '^all\\.yaml, line 7: .*spec\\.signing\\.keySecretRef: is required$',
            '^all\\.yaml, line 8: .*spec\\.shedule: there is no such field',
          ].join('[^]*'),
          'm',
        ),
      ) as string,
    }) as Error,
  );
});

it.each([
  ['name: ""', 'name: must have at least 1 character'],
  ['expect: {rows: -1}', 'expect.rows: must be at least 0'],
])('says of %s what it must be', (field, words) => {
  const fields = { name: 'name: a', sql: 'sql: SELECT 1', expect: 'expect: {rows: 0}' };
  const lines = Object.values({ ...fields, [field.split(':')[0] ?? '']: field });
  const text = `apiVersion: pgcairn.dev/v1alpha1
kind: BackupDrill
metadata: {name: monthly}
spec:
  source: {backupRef: {name: shop}}
  checks:
    assertions:
    - ${lines.join('\n      ')}
`;

  expect(() => read(text)).toThrow(words);
});
