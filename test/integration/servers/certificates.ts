import { join } from 'node:path';
import { execa } from 'execa';

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes an authority and certificates of it in `folder`, with openssl. Paths of PEM files are returned. */
export async function makeAuthority(folder: string, name = 'ca'): Promise<Certificate> {
  const paths = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  await openssl(
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ['-subj', `/CN=${name}`, '-days', '30', '-keyout', paths.key, '-out', paths.certificate],
    ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  );
  return paths;
}

export interface CertificateRequest {
  readonly name: string;
  /** As in subjectAltName: `DNS:localhost,IP:127.0.0.1`. */
  readonly subjectAltName: string;
  /** Valid in the past only. */
  readonly expired?: boolean;
}

export async function issueCertificate(
  folder: string,
  authority: Certificate,
  request: CertificateRequest,
): Promise<Certificate> {
  const { name } = request;
  const paths = { certificate: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
  const signingRequest = join(folder, `${name}.csr`);
  await openssl(
    ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${request.subjectAltName}`],
    ['-keyout', paths.key, '-out', signingRequest],
  );
  await openssl(
    ['x509', '-req', '-in', signingRequest, '-CA', authority.certificate, '-CAkey', authority.key],
    ['-CAcreateserial', '-copy_extensions', 'copy', '-days', request.expired === true ? '-1' : '30'],
    ['-out', paths.certificate],
  );
  return paths;
}

async function openssl(...args: readonly (readonly string[])[]): Promise<void> {
  await execa('openssl', args.flat());
}
