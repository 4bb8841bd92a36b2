import { expect, it } from 'vitest';
import { readDocuments } from './documents.ts';

const read = (text: string) => readDocuments({ name: 'all.yaml', text });

it('says in which document and line a field stands', () => {
  const [, second] = read('kind: A\n---\nkind: B\nspec:\n  s3:\n    bucket: x\n');

  expect(second?.where(['spec', 's3', 'bucket'])).toBe('all.yaml, document 2, line 6');
});

it('says where the part stands that is there, when a field is absent', () => {
  const [only] = read('kind: A\nspec:\n  s3: {}\n');

  expect(only?.where(['spec', 's3', 'bucket'])).toBe('all.yaml, line 3');
});

it('takes the items of a List as objects', () => {
  const items = read('kind: List\nitems:\n- kind: A\n- kind: B\n  spec: 1\n');

  expect(items.map(({ value }) => value)).toEqual([{ kind: 'A' }, { kind: 'B', spec: 1 }]);
  expect(items[1]?.where(['spec'])).toBe('all.yaml, line 5');
});

it('leaves empty documents out', () => {
  expect(read('---\n# nothing\n---\nkind: A\n---\n')).toHaveLength(1);
});

it.each([
  ['an open bracket', 'kind: [A\n', /line 2: this is not YAML/],
  ['a repeated key', 'kind: A\nkind: B\n', /line 2: this is not YAML: Map keys must be unique/],
  ['too many aliases', 'a: &a [x]\nb: [*a,*a,*c]\n', /this is not YAML/],
])('refuses %s', (_, text, message) => {
  expect(() => read(text)).toThrow(message);
});

it('repeats nothing of a faulty line, which may be a password', () => {
  expect(() => read('stringData:\n  password: "hunter2\n')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter2') as string }) as Error,
  );
});
