import type { ResourceType } from '../../../src/base/resource.ts';
import {
  eventType,
  jobType,
  leaseType,
  namespaceType,
  networkPolicyType,
  podType,
  serviceType,
} from '../../../src/kube/types.ts';
import type { Stored } from './store.ts';

/** How the server treats one kind. */
export interface Kind {
  readonly type: ResourceType;
  /** A custom resource: PUT needs a resourceVersion. */
  readonly custom: boolean;
  /** Leases refuse a PUT without resourceVersion too. */
  readonly unconditionalUpdate: boolean;
  readonly statusSubresource: boolean;
  /** Counts spec changes in metadata.generation. */
  readonly generation: boolean;
  /** Defaults and prunes what a client sent; throws StatusError to refuse. Runs on every write of the main resource. */
  readonly admit?: (object: Stored, old: Stored | undefined) => Stored;
}

/** `group/plural`, the way kinds are told apart. */
export function resourceOf(type: Pick<ResourceType, 'group' | 'plural'>): string {
  return `${type.group}/${type.plural}`;
}

/** `jobs.batch`, as messages name a kind. */
export function qualifiedName(type: ResourceType): string {
  return type.group === '' ? type.plural : `${type.plural}.${type.group}`;
}

export function customKind(type: ResourceType, admit?: Kind['admit']): Kind {
  return {
    type,
    custom: true,
    unconditionalUpdate: false,
    statusSubresource: true,
    generation: true,
    ...(admit === undefined ? {} : { admit }),
  };
}

function builtIn(type: ResourceType, options: Partial<Kind> = {}): Kind {
  return {
    type,
    custom: false,
    unconditionalUpdate: true,
    statusSubresource: false,
    generation: false,
    ...options,
  };
}

const core = { group: '', version: 'v1' };
const pgcairn = { group: 'pgcairn.dev', version: 'v1alpha1' };

function defaultJob(job: Stored): Stored {
  const spec = (job['spec'] ?? {}) as Record<string, unknown>;
  return {
    ...job,
    spec: { parallelism: 1, completions: 1, backoffLimit: 6, suspend: false, ...spec },
  };
}

/** Kinds that every server knows; pass more to `startFakeApiServer`. */
export const standardKinds: readonly Kind[] = [
  builtIn(jobType, { statusSubresource: true, generation: true, admit: defaultJob }),
  builtIn(podType, { statusSubresource: true }),
  builtIn(leaseType, { unconditionalUpdate: false }),
  builtIn(eventType),
  builtIn(namespaceType),
  builtIn(networkPolicyType, { generation: true }),
  builtIn(serviceType),
  builtIn({ ...core, kind: 'Event', plural: 'events' }),
  builtIn({ ...core, kind: 'ConfigMap', plural: 'configmaps' }),
  builtIn({ ...core, kind: 'Secret', plural: 'secrets' }),
  builtIn({ ...core, kind: 'ServiceAccount', plural: 'serviceaccounts' }),
  builtIn(
    { ...core, kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims' },
    { statusSubresource: true },
  ),
  customKind({ ...pgcairn, kind: 'PostgresBackup', plural: 'postgresbackups' }),
  customKind({ ...pgcairn, kind: 'BackupRepository', plural: 'backuprepositories' }),
  customKind({ ...pgcairn, kind: 'BackupDrill', plural: 'backupdrills' }),
];
