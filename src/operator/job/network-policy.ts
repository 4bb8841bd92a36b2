import type { KubeObject } from '../../base/resource.ts';
import { childName } from '../../domain/slot.ts';
import { workerPaths } from '../../task/paths.ts';
import { controllerReference, labelNames, uidOf } from '../marks.ts';
import type { Settings } from '../settings.ts';

const linkLocal = { ipv4: '169.254.0.0/16', ipv6: 'fe80::/10' };
/** Instance metadata, and the EKS Pod Identity agent. */
const identityAddresses = ['169.254.169.254/32', '169.254.170.23/32'];

/** Who may talk to the workers of `owner` and whom they may talk to. */
export function workerNetworkPolicy(
  owner: KubeObject,
  settings: Settings,
  egress: readonly object[],
): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: childName(`pgcairn-${owner.metadata.name}`, uidOf(owner).replaceAll('-', '').slice(0, 10)),
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      labels: { [labelNames.managedBy]: 'pgcairn', [labelNames.partOf]: 'pgcairn' },
      ownerReferences: [controllerReference(owner)],
    },
    spec: {
      podSelector: { matchLabels: { [labelNames.owner]: uidOf(owner) } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [progressFromOperator(settings)],
      egress,
    },
  } as KubeObject;
}

function progressFromOperator(settings: Settings): object {
  return {
    from: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': settings.namespace } },
        podSelector: { matchLabels: settings.podLabels },
      },
    ],
    ports: [{ protocol: 'TCP', port: workerPaths.progressPort }],
  };
}

/**
 * A policy sees the port of the pod behind the Service, which need not be 53: OpenShift's listens on 5353, others are
 * found by the label that cluster DNS carries everywhere else.
 */
export const nameService: readonly object[] = [
  { ports: [53, 5353].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }))) },
  {
    to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
    ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }],
  },
];

/** TCP to wherever the Secrets say: the operator cannot read them, so the hosts are not known here. */
export function openEgress(cloudIdentity: boolean): readonly object[] {
  return [...nameService, anywhere(), ...(cloudIdentity ? [identityEgress] : [])];
}

/** Every address but the link-local ones; without `ports` by TCP at any port. */
export function anywhere(ports: readonly object[] = [{ protocol: 'TCP' }]): object {
  return {
    to: [
      { ipBlock: { cidr: '0.0.0.0/0', except: [linkLocal.ipv4] } },
      { ipBlock: { cidr: '::/0', except: [linkLocal.ipv6] } },
      // Some network plugins do not count pods as part of an ipBlock.
      { namespaceSelector: {} },
    ],
    ports,
  };
}

/** Where clouds hand out credentials. */
export const identityEgress: object = {
  to: identityAddresses.map((cidr) => ({ ipBlock: { cidr } })),
  ports: [{ protocol: 'TCP', port: 80 }],
};
