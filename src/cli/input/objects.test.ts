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
