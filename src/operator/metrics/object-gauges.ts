import type { KubeObject } from '../../base/resource.ts';
import { instantMilliseconds } from '../../domain/instant.ts';
import type { GaugeDefinition } from '../../runtime/metrics.ts';

/** The objects of one kind that this process speaks of: none while it does not lead. */
export type Objects<T extends KubeObject> = () => readonly T[];

/** One value of an object; `labels` beside its namespace and name. */
export interface Reading {
  readonly value: number | undefined;
  readonly labels?: Readonly<Record<string, string>>;
}

interface Naming {
  readonly name: string;
  readonly help: string;
  /** Labels beside namespace and name. */
  readonly labelNames?: readonly string[];
}

/** A gauge with readings of every object; a reading without a value has no series. */
export function objectGauge<T extends KubeObject>(
  objects: Objects<T>,
  { name, help, labelNames = [] }: Naming,
  read: (object: T) => readonly Reading[],
): GaugeDefinition {
  return {
    name,
    help,
    labelNames: ['namespace', 'name', ...labelNames],
    samples: () =>
      objects().flatMap((object) =>
        read(object).flatMap(({ value, labels }) =>
          value === undefined ? [] : [{ labels: { ...labelsOf(object), ...labels }, value }],
        ),
      ),
  };
}

export function labelsOf({ metadata }: KubeObject): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

/** Of a time in a status, as Prometheus has it. */
export function seconds(time: string | undefined): number | undefined {
  const milliseconds = instantMilliseconds(time);
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
