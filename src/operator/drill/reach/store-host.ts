import type { BackupRepositorySpec } from '../../../api/v1alpha1/backup-repository.ts';
import type { ObjectKey } from '../../../base/resource.ts';

/** Where a store answers, as its spec tells. */
export type StoreHost =
  /** A volume: no network at all. */
  | { readonly kind: 'none' }
  | { readonly kind: 'address'; readonly address: string; readonly port: number }
  | {
      readonly kind: 'name';
      readonly host: string;
      readonly port: number;
      /** The Service that a name of this form would mean inside the cluster; whether it exists is to be looked up. */
      readonly service?: ObjectKey;
    };

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

export function storeHost({ s3 }: BackupRepositorySpec, namespace: string): StoreHost {
  if (!s3) return { kind: 'none' };
  if (s3.endpoint === undefined) return { kind: 'name', host: `s3.${s3.region}.amazonaws.com`, port: 443 };
  const { hostname, port: given, protocol } = new URL(s3.endpoint);
  const port = given === '' ? (protocol === 'https:' ? 443 : 80) : Number(given);
  if (hostname.startsWith('[')) return { kind: 'address', address: hostname.slice(1, -1), port };
  if (ipv4.test(hostname)) return { kind: 'address', address: hostname, port };
  const service = serviceOf(hostname, namespace);
  return { kind: 'name', host: hostname, port, ...(service && { service }) };
}

/** `x`, `x.namespace`, `x.namespace.svc` and `x.namespace.svc.<domain of the cluster>`. */
function serviceOf(host: string, namespace: string): ObjectKey | undefined {
  const [name = '', second = namespace, third = 'svc'] = host.split('.');
  return third === 'svc' ? { namespace: second, name } : undefined;
}
