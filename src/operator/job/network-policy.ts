import type { KubeObject } from '../../base/resource.ts';
import { childName } from '../../domain/slot.ts';
import { workerPaths } from '../../task/paths.ts';
import { controllerReference, labelNames, uidOf } from '../marks.ts';
import type { Settings } from '../settings.ts';

export interface WorkerReach {
  /** TCP to wherever the Secrets say: the operator cannot read them, so the hosts are not known here. */
  readonly network: boolean;
  /** The link-local address where clouds hand out credentials. */
  readonly cloudIdentity: boolean;
}

const linkLocal = { ipv4: '169.254.0.0/16', ipv6: 'fe80::/10' };
/** Instance metadata, and the EKS Pod Identity agent. */
const identityAddresses = ['169.254.169.254/32', '169.254.170.23/32'];

/** Who may talk to the workers of `owner` and whom they may talk to. */
export function workerNetworkPolicy(owner: KubeObject, settings: Settings, reach: WorkerReach): KubeObject {
  const policy = {
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
      egress: egress(reach),
    },
  };
  return policy;
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
const nameService: readonly object[] = [
  { ports: [53, 5353].flatMap((port) => ['UDP', 'TCP'].map((protocol) => ({ protocol, port }))) },
  {
    to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
    ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }],
  },
];

function egress(reach: WorkerReach): readonly object[] {
  if (!reach.network) return [];
  return [
    ...nameService,
    {
      to: [
        { ipBlock: { cidr: '0.0.0.0/0', except: [linkLocal.ipv4] } },
        { ipBlock: { cidr: '::/0', except: [linkLocal.ipv6] } },
        // Some network plugins do not count pods as part of an ipBlock.
        { namespaceSelector: {} },
      ],
      ports: [{ protocol: 'TCP' }],
    },
    ...(reach.cloudIdentity
      ? [
          {
            to: identityAddresses.map((cidr) => ({ ipBlock: { cidr } })),
            ports: [{ protocol: 'TCP', port: 80 }],
          },
        ]
      : []),
  ];
}
