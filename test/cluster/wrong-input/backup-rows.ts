import type { Furniture } from './furniture.ts';
import type { WorkerRow } from './rows.ts';

const tls = (mode: string, ca?: string): Readonly<Record<string, unknown>> => ({
  'spec.connection.tls': { mode, ...(ca !== undefined && { caSecretKeyRef: { name: ca, key: 'ca.crt' } }) },
});

/**
 * Found by a run. The object of each is named after the row, and so is its connection Secret: without a Secret of its
 * own a row would wait for the others at the server.
 */
export function backupRows({ database }: Furniture): readonly WorkerRow[] {
  return [
    {
      name: 'wrong password',
      set: {},
      secret: { ...database, password: 'not-the-one' },
      reason: 'WrongPassword',
      says: [/server shop-db:5432 refused the password of user postgres/, /Secret wrong-password/],
    },
    {
      name: 'a user that may not log in',
      set: {},
      secret: { ...database, username: 'nologin', password: 'not-a-name' },
      reason: 'WrongPassword',
      says: [/user nologin/, /not permitted to log in/],
    },
    {
      name: 'connection Secret absent',
      set: {},
      secret: null,
      reason: 'SecretMissing',
      says: [/Secret connection-secret-absent/, /connection\.secretRef/, /create it/i],
    },
    {
      name: 'connection Secret with other key names',
      set: {},
      secret: { server: 'shop-db', login: 'postgres' },
      reason: 'SecretKeyMissing',
      says: [/Secret connection-secret-with-other-key-names/, /one of the keys .*host/],
    },
    {
      name: 'a port that is a word',
      set: {},
      secret: { ...database, port: 'postgresql' },
      reason: 'SecretInvalid',
      says: [/key port of Secret a-port-that-is-a-word/, /1 to 65535/],
    },
    {
      name: 'a URI with a bare at sign in its password',
      set: {},
      secret: { uri: 'postgresql://postgres:p%zz@shop-db/shop' },
      reason: 'SecretInvalid',
      says: [/key uri of Secret a-uri-with/, /percent-encod/],
    },
    {
      name: 'host not known',
      set: { 'spec.connection.host': 'shop-db-typo' },
      reason: 'CannotConnect',
      says: [/host shop-db-typo is not known to DNS/, /connection\.host/],
    },
    {
      name: 'nothing listens',
      set: { 'spec.connection.port': 5433 },
      reason: 'CannotConnect',
      says: [/shop-db:5433/, /port/],
    },
    {
      name: 'database absent',
      set: { 'spec.databases': { names: ['shopp'] } },
      reason: 'DatabaseAbsent',
      says: [/shopp/, /spec\.databases/],
    },
    {
      name: 'database of the connection absent',
      set: {},
      secret: { ...database, dbname: 'shopp' },
      reason: 'DatabaseAbsent',
      says: [/server shop-db:5432 has no database shopp/, /connection/],
    },
    {
      name: 'a database that takes no connections',
      set: { 'spec.databases': { names: ['closed'] } },
      reason: 'DatabaseAbsent',
      says: [/closed/, /connections/],
    },
    {
      name: 'a table that is not there',
      set: { 'spec.logical.include.tables': ['shop.custommer'] },
      reason: 'NothingMatches',
      says: [/spec\.logical\.include\.tables: shop\.custommer does not exist/, /there is shop\.customer/],
    },
    {
      name: 'a schema that is not there',
      set: { 'spec.logical.exclude.schemas': ['audit'] },
      reason: 'NothingMatches',
      says: [/spec\.logical\.exclude\.schemas: audit does not exist/],
    },
    {
      name: 'a user without the right to read',
      set: {},
      secret: { ...database, username: 'reader', password: 'not-a-name' },
      reason: 'PrivilegeMissing',
      says: [/user reader/, /GRANT (USAGE|pg_read_all_data|SELECT)/],
    },
    {
      name: 'a user whom row security hides rows from',
      set: { 'spec.databases': { names: ['tenants'] } },
      secret: { ...database, username: 'guarded', password: 'not-a-name' },
      reason: 'RowSecurity',
      says: [/public\.account/, /user guarded/, /ALTER ROLE "guarded" BYPASSRLS/],
    },
    {
      name: 'password hashes without the right to them',
      set: { 'spec.logical.globals': 'RolesWithPasswords', 'spec.databases': { names: ['postgres'] } },
      secret: { ...database, username: 'reader', password: 'not-a-name' },
      reason: 'PrivilegeMissing',
      says: [/pg_authid/, /spec\.logical\.globals to Roles/],
    },
    {
      name: 'TLS asked of a server without it',
      set: tls('Require'),
      reason: 'DatabaseTlsUnavailable',
      says: [/shop-db:5432 does not offer TLS/, /connection\.tls\.mode/],
    },
    {
      name: 'server with an authority nobody named',
      set: tls('VerifyFull'),
      secret: { ...database, host: 'tls-db' },
      reason: 'DatabaseTlsNotTrusted',
      says: [/tls-db:5432/, /caSecretKeyRef/],
    },
    {
      name: 'server with another authority',
      set: tls('VerifyFull', 'other-ca'),
      secret: { ...database, host: 'tls-db' },
      reason: 'DatabaseTlsNotTrusted',
      says: [/tls-db:5432/, /authority that is not the one given/, /caSecretKeyRef/],
    },
    {
      name: 'server with an expired certificate',
      set: { ...tls('VerifyFull', 'private-ca'), 'spec.connection.host': 'expired-db' },
      reason: 'DatabaseTlsNotTrusted',
      says: [/expired-db:5432/, /has expired/, /renew/i],
    },
    {
      name: 'server with a certificate for another name',
      set: { ...tls('VerifyFull', 'private-ca'), 'spec.connection.host': 'alias-db' },
      reason: 'DatabaseTlsNotTrusted',
      says: [/alias-db:5432/, /another host name/, /tls-db/],
    },
    {
      name: 'an authority that is no certificate',
      set: tls('VerifyFull', 'no-ca'),
      reason: 'SecretInvalid',
      says: [/key ca\.crt of Secret no-ca/, /not a certificate/],
    },
    {
      name: 'a table that somebody has locked',
      set: { 'spec.databases': { names: ['locked'] }, 'spec.limits.lockWaitSeconds': 2 },
      reason: 'LockTimeout',
      says: [/lockWaitSeconds/],
    },
    {
      name: 'a deadline that is too short',
      set: {
        'spec.databases': { names: ['locked'] },
        'spec.limits.lockWaitSeconds': 3600,
        'spec.limits.deadlineSeconds': 60,
      },
      reason: 'DeadlineExceeded',
      says: [/deadline/, /limits\.deadlineSeconds/],
    },
    {
      name: 'too little memory',
      set: { 'spec.worker.resources': { limits: { memory: '24Mi' } } },
      reason: 'OutOfMemory',
      says: [/lack of memory/, /worker\.resources\.limits\.memory/],
    },
    {
      name: 'more than any node has',
      set: { 'spec.worker.resources': { requests: { cpu: '1000' } } },
      reason: 'PodUnschedulable',
      toldIn: 'Reconciling',
      says: [/no node/, /Insufficient cpu/],
    },
    {
      name: 'a node that is not there',
      set: { 'spec.worker.nodeSelector': { disk: 'ssd' } },
      reason: 'PodUnschedulable',
      toldIn: 'Reconciling',
      says: [/no node/, /node affinity\/selector/],
    },
    {
      name: 'a dump that does not fit',
      set: { 'spec.repositoryRef.name': 'small', 'spec.databases': { names: ['bulky'] } },
      reason: 'StoreFull',
      nativeOnly: true,
      says: [/volume small is full/, /make room/],
    },
  ];
}
