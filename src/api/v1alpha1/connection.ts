import { z } from 'zod';
import { withPattern, withRule } from '../rule.ts';
import { SecretKeyRef, SecretRef } from './names.ts';
import { postgresName } from './postgres-name.ts';

const hostPattern = /^([A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9.])?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$/;

const host = withPattern(
  z.string().min(1).max(253),
  hostPattern,
  'must be one host name or IP address, without port, path or list',
);

const tlsFields = z.strictObject({
  // At the end Require and not Prefer: Prefer goes on in the clear when anybody between says that the server has
  // no TLS.
  mode: z
    .enum(['Disable', 'Prefer', 'Require', 'VerifyCA', 'VerifyFull'])
    .describe(
      'mode says what is demanded of the connection. Disable: no TLS. Prefer: TLS where the server offers it, else in the clear. Require: TLS, whoever answers. VerifyCA: a certificate signed by caSecretKeyRef. VerifyFull: that, and the host name in it; without caSecretKeyRef the public authorities count. Absent: VerifyFull with caSecretKeyRef, else sslmode of the uri in the Secret, else Require.',
    )
    .optional(),
  caSecretKeyRef: SecretKeyRef.describe(
    'caSecretKeyRef names the certificates of the authorities, in PEM form, that may sign the certificate of the server.',
  ).optional(),
  clientCertSecretRef: SecretRef.describe(
    'clientCertSecretRef names a Secret with tls.crt and tls.key, which the worker shows to the server.',
  ).optional(),
});

type TlsFields = z.output<typeof tlsFields>;
const tlsRules = [
  {
    holds: ({ mode, caSecretKeyRef }: TlsFields) => mode !== 'VerifyCA' || caSecretKeyRef !== undefined,
    cel: "!has(self.mode) || self.mode != 'VerifyCA' || has(self.caSecretKeyRef)",
    message:
      'mode VerifyCA needs caSecretKeyRef: a certificate of any public authority for any host proves nothing',
  },
  {
    holds: ({ mode, caSecretKeyRef }: TlsFields) =>
      caSecretKeyRef === undefined || mode === undefined || mode === 'VerifyCA' || mode === 'VerifyFull',
    cel: "!has(self.caSecretKeyRef) || !has(self.mode) || self.mode in ['VerifyCA', 'VerifyFull']",
    message:
      'caSecretKeyRef is used by the modes VerifyCA and VerifyFull only: choose one of them, or leave it out',
  },
  {
    holds: ({ mode, clientCertSecretRef }: TlsFields) =>
      clientCertSecretRef === undefined || mode !== 'Disable',
    cel: "!has(self.clientCertSecretRef) || !has(self.mode) || self.mode != 'Disable'",
    message: 'clientCertSecretRef needs TLS: mode must not be Disable',
  },
];

const ConnectionTls = tlsRules.reduce((schema, rule) => withRule(schema, rule), tlsFields);

export const ConnectionSpec = z.strictObject({
  secretRef: SecretRef.describe(
    'secretRef names the Secret with the credentials: a uri, or host, port, dbname, username and password under any of the key names of CloudNativePG, Crunchy PGO, Zalando and servicebinding.io.',
  ),
  host: host
    .describe('host is the server to connect to: PostgreSQL itself, not a pooler. Absent: from the Secret.')
    .optional(),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .describe('port is the TCP port of the server. Absent: from the Secret, else 5432.')
    .optional(),
  database: postgresName
    .describe('database is the database to connect to. Absent: from the Secret, else named as the user.')
    .optional(),
  user: postgresName.describe('user is the role to log in as. Absent: from the Secret.').optional(),
  tls: ConnectionTls.describe('tls says how the connection is protected.').prefault({}),
});
export type ConnectionSpec = z.infer<typeof ConnectionSpec>;
