import { expect, it } from 'vitest';
import { postgresBackup } from '../../test/builders/postgres-backup.ts';
import type { PostgresBackup } from '../api/v1alpha1/postgres-backup.ts';
import { postgresBackupType } from '../api/v1alpha1/postgres-backup.ts';
import type { Informer } from '../runtime/informer.ts';
import { mergeInformers } from './merged-informer.ts';

interface Part extends Informer<PostgresBackup> {
  emit(): void;
  readonly listeners: number;
}

function part(namespace: string, synced: boolean, seen: boolean, age: number): Part {
  const backup = postgresBackup({ metadata: { namespace } });
  const listeners = new Set<(change: never) => void>();
  return {
    type: postgresBackupType,
    size: 1,
    counters: { lists: 1, watches: 2, failures: 0, silences: 0, garbled: 0, duplicates: 0, regressions: 0 },
    synced,
    whenSynced: async () => {
      await Promise.resolve();
    },
    contactAgeMilliseconds: () => age,
    hasSeen: () => seen,
    subscribe: (listener) => {
      listeners.add(listener as (change: never) => void);
      return () => listeners.delete(listener as (change: never) => void);
    },
    run: async () => {
      await Promise.resolve();
    },
    cache: {
      get: (key) => (key.namespace === namespace && key.name === 'shop' ? backup : undefined),
      byIndex: (_index, value) => (value === namespace ? [backup] : []),
      list: () => [backup],
    },
    emit: () => {
      for (const listener of listeners) listener({ kind: 'added' } as never);
    },
    get listeners() {
      return listeners.size;
    },
  };
}

it('looks like one cache over all its namespaces', () => {
  const shop = part('shop', true, true, 5);
  const bakery = part('bakery', true, true, 9);
  const merged = mergeInformers(
    new Map([
      ['shop', shop],
      ['bakery', bakery],
    ]),
    shop,
  );
  expect(merged.cache.get({ namespace: 'bakery', name: 'shop' })?.metadata.namespace).toBe('bakery');
  expect(merged.cache.get({ namespace: 'elsewhere', name: 'shop' })).toBeUndefined();
  expect(merged.cache.list()).toHaveLength(2);
  expect(merged.cache.byIndex('x', 'bakery')).toHaveLength(1);
  expect(merged.size).toBe(2);
  expect(merged.counters.watches).toBe(4);
});

it('is only as good as its worst part', () => {
  const shop = part('shop', true, true, 5);
  const late = part('late', false, false, 99_000);
  const merged = mergeInformers(
    new Map([
      ['shop', shop],
      ['late', late],
    ]),
    shop,
  );
  expect(merged.synced).toBe(false);
  expect(merged.hasSeen('7')).toBe(false);
  expect(merged.contactAgeMilliseconds()).toBe(99_000);
});

it('passes on the changes of every part, until told to stop', () => {
  const shop = part('shop', true, true, 5);
  const bakery = part('bakery', true, true, 9);
  const merged = mergeInformers(
    new Map([
      ['shop', shop],
      ['bakery', bakery],
    ]),
    shop,
  );
  let changes = 0;
  const end = merged.subscribe(() => {
    changes += 1;
  });
  shop.emit();
  bakery.emit();
  end();
  expect(changes).toBe(2);
  expect(shop.listeners + bakery.listeners).toBe(0);
});
