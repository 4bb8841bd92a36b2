import { describe, expect, test } from 'vitest';
import { evidence } from '../../test/builders/evidence.ts';
import { makeSigningKey } from '../../test/builders/signing-key.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { EvidenceFaultKind } from '../domain/evidence-chain.ts';
import { digestOf } from './digest.ts';
import { verifyEvidenceChain } from './evidence-chain.ts';
import { evidenceDocumentFile, evidenceEnvelopeFile } from './evidence-file.ts';
import type { SigningKey } from './signing.ts';

const ours = makeSigningKey();
const theirs = makeSigningKey();
const runId = (n: number): string => `2026110${String(n)}T030000Z-a`;

/** What `signed` is signed with; `says` is what the files hold. */
interface Writing {
  readonly says?: Partial<Evidence>;
  readonly signed?: SigningKey | 'not';
}

/** Writes evidence one after the other, each as number and follower of the one before unless `says` differs. */
function chain(count: number, more: Readonly<Record<number, Writing>> = {}): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let n = 1; n <= count; n += 1) {
    const before = files.get(`${runId(n - 1)}/evidence.dsse.json`);
    const { says = {}, signed = ours } = more[n] ?? {};
    const key = signed === 'not' ? undefined : signed;
    const { signedBy: _, ...rest } = evidence({ runId: runId(n), sequence: n, ...says });
    const document: Evidence = {
      ...rest,
      ...(before === undefined || 'previous' in says
        ? {}
        : { previous: { runId: runId(n - 1), digest: digestOf(before).digest } }),
      ...(key === undefined ? {} : { signedBy: key.fingerprint }),
    };
    put(files, runId(n), document, key);
  }
  return files;
}

function put(files: Map<string, Buffer>, run: string, said: Evidence, key: SigningKey | undefined): void {
  const document = evidenceDocumentFile(said);
  const page = Buffer.from(`<p>${run}</p>`);
  const digests = { document: digestOf(document).digest, page: digestOf(page).digest };
  files.set(`${run}/evidence.json`, document);
  files.set(`${run}/evidence.html`, page);
  files.set(`${run}/evidence.dsse.json`, evidenceEnvelopeFile(said, digests, key));
}

/** Kinds of faults by number of the run. */
function faultsOf(
  files: ReadonlyMap<string, Uint8Array>,
  keys = [ours],
): Record<string, EvidenceFaultKind[]> {
  const { runs } = verifyEvidenceChain(files, keys);
  const found = runs.filter(({ faults }) => faults.length > 0);
  return Object.fromEntries(found.map((run) => [run.runId.slice(7, 8), run.faults.map(({ kind }) => kind)]));
}

test('the whole chain of another drill does not hold', () => {
  const files = chain(2);
  const drill = { namespace: 'shop', name: 'shop-monthly' };
  expect(verifyEvidenceChain(files, [ours], { drill }).valid).toBe(true);
  const { runs } = verifyEvidenceChain(files, [ours], { drill: { ...drill, name: 'shop-weekly' } });
  expect(runs.map(({ faults }) => faults.map(({ kind }) => kind))).toEqual([
    ['FolderDiffers'],
    ['FolderDiffers'],
  ]);
});

describe('a chain that holds', () => {
  test('has no fault, and comes in its order', () => {
    const files = chain(3);
    const shuffled = new Map([...files].toReversed());
    const { runs, unfinished, valid } = verifyEvidenceChain(shuffled, [ours]);
    expect({ valid, unfinished }).toEqual({ valid: true, unfinished: [] });
    expect(runs.map(({ predicate, signature }) => [predicate?.sequence, signature])).toEqual([
      [1, 'Valid'],
      [2, 'Valid'],
      [3, 'Valid'],
    ]);
  });

  test('may be signed by one key after the other, when both are given', () => {
    const files = chain(3, { 3: { signed: theirs } });
    expect(faultsOf(files, [ours, theirs])).toEqual({});
    expect(faultsOf(files, [ours])).toEqual({ 3: ['OtherKey'] });
  });

  test('may begin later, when that is said', () => {
    const files = chain(3);
    for (const name of ['json', 'html', 'dsse.json']) files.delete(`${runId(1)}/evidence.${name}`);
    expect(faultsOf(files)).toEqual({ 2: ['PreviousMissing'] });
    expect(verifyEvidenceChain(files, [ours], { first: 2 }).valid).toBe(true);
    expect(verifyEvidenceChain(files, [ours], { first: 3 }).valid).toBe(false);
  });

  test('has signatures that are not looked at without a key', () => {
    const { runs, valid } = verifyEvidenceChain(chain(1), []);
    expect({ valid, signature: runs[0]?.signature }).toEqual({ valid: true, signature: 'NotChecked' });
  });

  test('may hold folders of drills that were cut short, and files of others', () => {
    const files = chain(1)
      .set(`${runId(2)}/evidence.json`, Buffer.from('{'))
      .set('notes.txt', Buffer.from(''));
    expect(verifyEvidenceChain(files, [ours])).toMatchObject({ valid: true, unfinished: [runId(2)] });
  });

  test('is not an empty one', () => {
    expect(verifyEvidenceChain(new Map(), [ours]).valid).toBe(false);
  });
});

describe('a chain that does not hold', () => {
  const edit = (path: string, change: (text: string) => string) => (files: Map<string, Buffer>) =>
    files.set(path, Buffer.from(change(files.get(path)?.toString('utf8') ?? '')));
  const envelope = (n: number): string => `${runId(n)}/evidence.dsse.json`;
  const whole = chain(3);

  const cases: [string, (files: Map<string, Buffer>) => unknown, Record<string, EvidenceFaultKind[]>][] = [
    ['an envelope that is none', edit(envelope(3), () => '{}'), { 3: ['EnvelopeUnreadable'] }],
    [
      'an envelope in another form',
      edit(envelope(3), (text) => JSON.stringify(JSON.parse(text))),
      { 3: ['EnvelopeUnreadable'] },
    ],
    [
      'another signature',
      edit(envelope(3), (text) => text.replace(/"sig": "../, '"sig": "AA')),
      { 3: ['SignatureInvalid'] },
    ],
    [
      'another name of the key',
      edit(envelope(3), (text) => text.replace('SHA256:', 'SHA256:x')),
      { 3: ['OtherKey', 'SignerDiffers'] },
    ],
    [
      'a signature that was taken away',
      edit(envelope(3), (text) => text.replace(/"signatures": \[[^]*\]/, '"signatures": []')),
      { 3: ['Unsigned', 'SignerDiffers'] },
    ],
    [
      'a document that is missing',
      (files) => files.delete(`${runId(2)}/evidence.json`),
      { 2: ['FileMissing'] },
    ],
    [
      'a page that was changed',
      edit(`${runId(2)}/evidence.html`, (text) => `${text} `),
      { 2: ['DigestDiffers'] },
    ],
    [
      'a document that was changed',
      edit(`${runId(2)}/evidence.json`, (text) => text.replace('"Passed"', '"Failed"')),
      { 2: ['DigestDiffers', 'DocumentDiffers'] },
    ],
    [
      'a document that is none',
      edit(`${runId(2)}/evidence.json`, () => 'x'),
      { 2: ['DigestDiffers', 'DocumentUnreadable'] },
    ],
    [
      'a run in the folder of another',
      (files) => {
        for (const name of ['evidence.json', 'evidence.html', 'evidence.dsse.json'])
          files.set(`${runId(4)}/${name}`, files.get(`${runId(3)}/${name}`) ?? Buffer.from(''));
      },
      { 3: ['SequenceRepeated'], 4: ['FolderDiffers', 'SequenceRepeated'] },
    ],
    ['a run that is missing', (files) => files.delete(envelope(2)), { 3: ['PreviousMissing'] }],
    [
      'a run that was written again later',
      (files) => put(files, runId(2), evidence({ ...saidBy(whole, 2), summary: 'all is well' }), ours),
      { 3: ['PreviousDiffers'] },
    ],
  ];
  test.each(cases)('shows %s', (_, damage, faults) => {
    const files = new Map(whole);
    damage(files);
    expect(faultsOf(files)).toEqual(faults);
  });

  const third = { runId: runId(1), digest: digestOf(whole.get(envelope(1)) ?? Buffer.from('')).digest };
  const written: [string, Writing, EvidenceFaultKind[]][] = [
    ['by another key', { signed: theirs }, ['OtherKey']],
    ['without a signature', { signed: 'not' }, ['Unsigned']],
    ['with a number left out', { says: { sequence: 4 } }, ['SequenceDiffers']],
    ['for another drill', { says: { drill: { namespace: 'shop', name: 'b', uid: 'u' } } }, ['DrillDiffers']],
    ['after one that is not the last', { says: { previous: third } }, ['SequenceDiffers']],
    ['after none', { says: { previous: undefined } }, ['PreviousMissing']],
  ];
  test.each(written)('shows a run that was written %s', (_, writing, kinds) => {
    expect(faultsOf(chain(3, { 3: writing }))).toEqual({ 3: kinds });
  });

  test('shows two runs with one number, each', () => {
    const files = chain(2, { 2: { says: { sequence: 1, previous: undefined } } });
    expect(faultsOf(files)).toEqual({ 1: ['SequenceRepeated'], 2: ['SequenceRepeated'] });
  });

  test('does not take a drill for another that was made anew under its name', () => {
    const drill = { ...evidence().drill, uid: 'uid-of-the-new-one' };
    expect(faultsOf(chain(3, { 3: { says: { drill } } }))).toEqual({});
  });
});

function saidBy(files: ReadonlyMap<string, Buffer>, n: number): Evidence {
  return JSON.parse(files.get(`${runId(n)}/evidence.json`)?.toString('utf8') ?? '') as Evidence;
}
