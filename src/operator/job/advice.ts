import type { FailureReason } from '../../api/v1alpha1/failure-reasons.ts';
import { failureReasons } from '../../api/v1alpha1/failure-reasons.ts';
import type { Trouble } from './trouble.ts';

/** Their messages say what to do already, by the name of the key, grant or field that it takes. */
const advised: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'SecretMissing',
  'SecretKeyMissing',
  'SecretInvalid',
  'SigningKeyInvalid',
  'RecipientInvalid',
  'DatabaseTlsNotTrusted',
  'RowSecurity',
  'PooledEndpoint',
  'NothingMatches',
  'StoreUnreachable',
  'StoreTlsNotTrusted',
  'StoreCredentialsRefused',
  'StoreAccessDenied',
  'BucketAbsent',
  'WrongRegion',
  'ClockSkew',
  'StoreFull',
  'StoreReadOnly',
  'StoreThrottled',
  'StoreRefused',
  'ObjectTooLarge',
  'PrefixForeign',
]);

/** What happened, and what can be done about it. */
export function withRemedy({ reason, message }: Trouble): Trouble {
  if (advised.has(reason)) return { reason, message };
  const end = /[.!?;]$/.test(message) ? '' : '.';
  return { reason, message: `${message}${end} ${failureReasons[reason].remedy}` };
}
