import type { BackupRepositorySpec } from '../../../api/v1alpha1/backup-repository.ts';
import type { ObjectKey } from '../../../base/resource.ts';
import type { Service } from '../../../kube/types.ts';
import { anywhere, identityEgress, nameService } from '../../job/network-policy.ts';
import type { HostAlias } from '../../job/worker-pod.ts';
import type { StoreHost } from './store-host.ts';
import { storeHost } from './store-host.ts';

/** The Service that the name of a store may mean. */
export type SeenService =
  /** The name has no such form. */
  | { readonly state: 'none' }
  | { readonly state: 'absent' }
  /** The operator may not read Services of that namespace. */
  | { readonly state: 'hidden'; readonly key: ObjectKey }
  | { readonly state: 'present'; readonly service: Service };

/** What the pods of a drill may reach, and what they need not ask a name service for. */
export interface StoreReach {
  readonly egress: readonly object[];
  readonly hostAliases: readonly HostAlias[];
}

interface Reach {
  /** Whether the name of the store has to be asked for. */
  readonly asksNames: boolean;
  readonly store: object;
  readonly hostAliases?: readonly HostAlias[];
}

type Named = Extract<StoreHost, { kind: 'name' }>;
type Ports = NonNullable<NonNullable<Service['spec']>['ports']>;

/**
 * The store and nothing else, as closely as a NetworkPolicy can say it (docs/decisions/0012). Pods without access keys
 * of their own also reach what hands them out.
 */
export function storeReach(
  repository: BackupRepositorySpec,
  namespace: string,
  service: SeenService,
): StoreReach {
  const host = storeHost(repository, namespace);
  if (host.kind === 'none') return { egress: [], hostAliases: [] };
  const reach = host.kind === 'address' ? addressReach(host) : nameReach(host, repository, service);
  const needsIdentity = repository.s3?.credentialsSecretRef === undefined;
  return {
    egress: [
      ...(reach.asksNames || needsIdentity ? nameService : []),
      reach.store,
      // Credentials of a cloud come from a link-local address, or from a service by name over TLS.
      ...(needsIdentity ? [anywhere([tcp(443)]), identityEgress] : []),
    ],
    hostAliases: reach.hostAliases ?? [],
  };
}

function addressReach({ address, port }: Extract<StoreHost, { kind: 'address' }>): Reach {
  const cidr = address.includes(':') ? `${address}/128` : `${address}/32`;
  return { asksNames: false, store: { to: [{ ipBlock: { cidr } }], ports: [tcp(port)] } };
}

function nameReach(host: Named, repository: BackupRepositorySpec, seen: SeenService): Reach {
  switch (seen.state) {
    case 'none':
    case 'absent':
      return { asksNames: true, store: anywhere([tcp(host.port)]) };
    case 'hidden':
      return {
        asksNames: true,
        store: { to: [namespaceOf(seen.key.namespace)], ports: [{ protocol: 'TCP' }] },
      };
    case 'present':
      return serviceReach(host, repository, seen.service);
  }
}

/** A policy is about the pods behind a Service, and about their ports. */
function serviceReach(host: Named, repository: BackupRepositorySpec, { metadata, spec }: Service): Reach {
  if (spec?.type === 'ExternalName') return { asksNames: true, store: anywhere([tcp(host.port)]) };
  const ports = [tcp(targetPort(spec?.ports ?? [], host.port))];
  const labels = spec?.selector ?? {};
  const store =
    Object.keys(labels).length === 0
      ? anywhere(ports)
      : { to: [{ ...namespaceOf(metadata.namespace), podSelector: { matchLabels: labels } }], ports };
  const ip = spec?.clusterIP ?? '';
  if (ip === '' || ip === 'None') return { asksNames: true, store };
  return { asksNames: false, store, hostAliases: [{ ip, hostnames: hostNames(host, repository) }] };
}

/** With the bucket before the host where requests are made so. */
function hostNames({ host }: Named, { s3 }: BackupRepositorySpec): readonly string[] {
  return s3?.addressing === 'VirtualHost' ? [host, `${s3.bucket}.${host}`] : [host];
}

function targetPort(ports: Ports, port: number): number | string {
  return ports.find((one) => one.port === port && (one.protocol ?? 'TCP') === 'TCP')?.targetPort ?? port;
}

function namespaceOf(namespace = ''): object {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
}

function tcp(port: number | string): object {
  return { protocol: 'TCP', port };
}
