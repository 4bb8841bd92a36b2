import type { Informer } from './informer.ts';
import type { GaugeDefinition } from './metrics.ts';

type Kept = Pick<Informer, 'type' | 'size' | 'counters' | 'contactAgeMilliseconds'>;

/** How many objects each cache holds, how fresh it is, and what its watch has been through. */
export function informerMetrics(informers: readonly Kept[]): readonly GaugeDefinition[] {
  function each(name: string, help: string, value: (informer: Kept) => number): GaugeDefinition {
    return {
      name,
      help,
      labelNames: ['kind'],
      kind: name.endsWith('_total') ? 'counter' : 'gauge',
      samples: () =>
        informers.map((informer) => ({ labels: { kind: informer.type.kind }, value: value(informer) })),
    };
  }
  return [
    each('pgcairn_cache_objects', 'Objects in the cache', ({ size }) => size),
    each('pgcairn_cache_contact_age_seconds', 'Time since the API server last said anything', (informer) => {
      return informer.contactAgeMilliseconds() / 1000;
    }),
    each('pgcairn_cache_lists_total', 'Whole collections read', ({ counters }) => counters.lists),
    each('pgcairn_cache_watches_total', 'Watches opened', ({ counters }) => counters.watches),
    each(
      'pgcairn_cache_failures_total',
      'Lists and watches that failed',
      ({ counters }) => counters.failures,
    ),
    each('pgcairn_cache_silences_total', 'Watches given up because nothing came', ({ counters }) => {
      return counters.silences;
    }),
    each('pgcairn_cache_regressions_total', 'Times that the server showed an older state', ({ counters }) => {
      return counters.regressions;
    }),
  ];
}
