import { describe, expect, it } from 'vitest';
import { backupRepositorySpec } from '../../../../test/builders/backup-repository.ts';
import type { Service } from '../../../kube/types.ts';
import { anywhere, identityEgress, nameService } from '../../job/network-policy.ts';
import { storeHost } from './store-host.ts';
import type { SeenService, StoreReach } from './store-reach.ts';
import { storeReach } from './store-reach.ts';

const keys = { credentialsSecretRef: { name: 'offsite-s3' } };
const specOf = (s3: object): ReturnType<typeof backupRepositorySpec> =>
  backupRepositorySpec({ s3: { bucket: 'acme-backups', ...keys, ...s3 } });
const reachOf = (s3: object, service: SeenService = { state: 'none' }): StoreReach =>
  storeReach(specOf(s3), 'shop', service);
const tcp = (port: number | string): object => ({ protocol: 'TCP', port });
const serviceOf = (spec: Service['spec'], namespace = 'stores'): SeenService => ({
  state: 'present',
  service: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'minio', namespace }, spec: spec! },
});

describe('the host of a store', () => {
  it.each([
    ['http://s3:7070', { namespace: 'shop', name: 's3' }, 7070],
    ['http://minio.stores', { namespace: 'stores', name: 'minio' }, 80],
    ['https://minio.stores.svc:9000', { namespace: 'stores', name: 'minio' }, 9000],
    ['https://minio.stores.svc.cluster.local', { namespace: 'stores', name: 'minio' }, 443],
    ['https://s3.example.net', undefined, 443],
    ['https://s3.eu.example.net:8443', undefined, 8443],
  ])('%s may be Service %j', (endpoint, service, port) => {
    const host = storeHost(specOf({ endpoint }), 'shop');
    expect(host).toMatchObject({ kind: 'name', port });
    expect('service' in host ? host.service : undefined).toEqual(service);
  });

  it('is the one of the region without an endpoint, an address where it is one, and none for a volume', () => {
    expect(storeHost(specOf({ region: 'eu-central-1' }), 'shop')).toEqual({
      kind: 'name',
      host: 's3.eu-central-1.amazonaws.com',
      port: 443,
    });
    expect(storeHost(specOf({ endpoint: 'http://192.0.2.7:9000' }), 'shop')).toEqual({
      kind: 'address',
      address: '192.0.2.7',
      port: 9000,
    });
    expect(storeHost(specOf({ endpoint: 'https://[2001:db8::7]' }), 'shop')).toEqual({
      kind: 'address',
      address: '2001:db8::7',
      port: 443,
    });
    const volume = backupRepositorySpec({ s3: undefined, volume: { claimName: 'backups' } });
    expect(storeHost(volume, 'shop')).toEqual({ kind: 'none' });
  });
});

describe('what a drill may reach', () => {
  it('is nothing where the runs lie on a volume', () => {
    const volume = backupRepositorySpec({ s3: undefined, volume: { claimName: 'backups' } });
    expect(storeReach(volume, 'shop', { state: 'none' })).toEqual({ egress: [], hostAliases: [] });
  });

  it('is one address and port where the store has an address', () => {
    expect(reachOf({ endpoint: 'http://192.0.2.7:9000' })).toEqual({
      egress: [{ to: [{ ipBlock: { cidr: '192.0.2.7/32' } }], ports: [tcp(9000)] }],
      hostAliases: [],
    });
    expect(reachOf({ endpoint: 'https://[2001:db8::7]' }).egress).toEqual([
      { to: [{ ipBlock: { cidr: '2001:db8::7/128' } }], ports: [tcp(443)] },
    ]);
  });

  const endpoint = 'https://minio.stores.svc:9000';
  const pods = (port: number | string): object => ({
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'stores' } },
        podSelector: { matchLabels: { app: 'minio' } },
      },
    ],
    ports: [tcp(port)],
  });
  it.each([
    ['a number', 7070, 7070],
    ['a name', 'api', 'api'],
    ['none', undefined, 9000],
  ])('is the pods of a Service at their port, which is %s, without a name service', (_, targetPort, port) => {
    const ports = [
      { port: 80, targetPort: 1 },
      { port: 9000, ...(targetPort !== undefined && { targetPort }) },
    ];
    const service = serviceOf({ clusterIP: '10.96.0.9', selector: { app: 'minio' }, ports });
    expect(reachOf({ endpoint }, service)).toEqual({
      egress: [pods(port)],
      hostAliases: [{ ip: '10.96.0.9', hostnames: ['minio.stores.svc'] }],
    });
  });

  it('finds a bucket before the host, too', () => {
    const service = serviceOf({ clusterIP: '10.96.0.9', selector: { app: 'minio' } });
    const { hostAliases } = reachOf({ endpoint, addressing: 'VirtualHost' }, service);
    expect(hostAliases[0]?.hostnames).toEqual(['minio.stores.svc', 'acme-backups.minio.stores.svc']);
  });

  it.each<readonly [string, SeenService, readonly object[]]>([
    [
      'a headless Service is asked for by name',
      serviceOf({ clusterIP: 'None', selector: { app: 'minio' } }),
      [...nameService, pods(9000)],
    ],
    [
      'a Service without a selector may lead anywhere, at its port alone',
      serviceOf({ clusterIP: '10.96.0.9', ports: [{ port: 9000, targetPort: 7070 }] }),
      [anywhere([tcp(7070)])],
    ],
    [
      'a Service that is another name leads anywhere, at the port of the endpoint',
      serviceOf({ type: 'ExternalName', externalName: 's3.example.net' }),
      [...nameService, anywhere([tcp(9000)])],
    ],
    ['a name without a Service is one outside', { state: 'absent' }, [...nameService, anywhere([tcp(9000)])]],
    [
      'a Service that may not be read opens its namespace',
      { state: 'hidden', key: { namespace: 'stores', name: 'minio' } },
      [
        ...nameService,
        {
          to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'stores' } } }],
          ports: [{ protocol: 'TCP' }],
        },
      ],
    ],
  ])('%s', (_, service, egress) => {
    expect(reachOf({ endpoint }, service).egress).toEqual(egress);
  });

  it('is the name service and one port where the store is outside, and never a link-local address', () => {
    const { egress } = reachOf({});
    expect(egress).toEqual([...nameService, anywhere([tcp(443)])]);
    expect(JSON.stringify(egress)).toContain('169.254.0.0/16');
  });

  it('is what hands out keys, too, for pods without keys of their own', () => {
    const spec = backupRepositorySpec({ s3: { bucket: 'acme-backups', endpoint: 'http://192.0.2.7:9000' } });
    expect(storeReach(spec, 'shop', { state: 'none' }).egress).toEqual([
      ...nameService,
      { to: [{ ipBlock: { cidr: '192.0.2.7/32' } }], ports: [tcp(9000)] },
      anywhere([tcp(443)]),
      identityEgress,
    ]);
  });
});
