import { describe, expect, it } from 'vitest';
import { backupRepository } from '../../../test/builders/backup-repository.ts';
import type { Settings } from '../settings.ts';
import { probeNetworkPolicy } from '../repository/objects.ts';

const settings = { namespace: 'pgcairn-system', podLabels: { app: 'operator' } } as unknown as Settings;

interface Policy {
  readonly metadata: object;
  readonly spec: { podSelector: object; policyTypes: string[]; ingress: object[]; egress: object[] };
}
function policyOf(spec: Parameters<typeof backupRepository>[0]): Policy {
  const repository = backupRepository(spec);
  return probeNetworkPolicy(settings, repository, repository.spec) as unknown as Policy;
}

/** Wherever it listens: behind a Service its pods may have another port, in any namespace. */
const nameService = [
  {
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
      { protocol: 'UDP', port: 5353 },
      { protocol: 'TCP', port: 5353 },
    ],
  },
  {
    to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
    ports: [{ protocol: 'UDP' }, { protocol: 'TCP' }],
  },
];
const anywhere = {
  to: [
    { ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } },
    { ipBlock: { cidr: '::/0', except: ['fe80::/10'] } },
    { namespaceSelector: {} },
  ],
  ports: [{ protocol: 'TCP' }],
};

describe('the network policy of workers', () => {
  it('is about the workers of its owner, and lets in only the operator, only to the progress port', () => {
    const { metadata, spec } = policyOf({});
    expect(metadata).toMatchObject({ namespace: 'shop', ownerReferences: [{ uid: 'uid-of-offsite' }] });
    expect(spec.podSelector).toEqual({ matchLabels: { 'pgcairn.dev/owner-uid': 'uid-of-offsite' } });
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec.ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'pgcairn-system' } },
            podSelector: { matchLabels: { app: 'operator' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: 9188 }],
      },
    ]);
  });

  it('keeps workers with keys of their own away from the identity of the node', () => {
    expect(policyOf({}).spec.egress).toEqual([...nameService, anywhere]);
  });

  it('lets workers without keys fetch those of the cloud', () => {
    expect(policyOf({ spec: { s3: { bucket: 'backups' } } }).spec.egress).toEqual([
      ...nameService,
      anywhere,
      {
        to: [{ ipBlock: { cidr: '169.254.169.254/32' } }, { ipBlock: { cidr: '169.254.170.23/32' } }],
        ports: [{ protocol: 'TCP', port: 80 }],
      },
    ]);
  });

  it('lets the probe of a volume talk to nobody', () => {
    const spec = { s3: undefined, volume: { claimName: 'backups' } };
    expect(policyOf({ spec }).spec.egress).toEqual([]);
  });
});
