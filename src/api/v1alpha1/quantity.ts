const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi'];
const decimal = ['k', 'M', 'G', 'T', 'P'];

/**
 * The value of a Kubernetes quantity in its base unit (cores, bytes): `500m` → 0.5, `1.5Gi` → 1,610,612,736.
 * Undefined when it is none. Exponents and signs are no part of what our fields allow.
 */
export function quantityValue(quantity: string | number): number | undefined {
  const [, number, suffix] = /^([0-9]+(?:\.[0-9]+)?)(m|[kMGTP]|[KMGTP]i)?$/.exec(String(quantity)) ?? [];
  if (number === undefined) return undefined;
  return Number(number) * scale(suffix);
}

function scale(suffix: string | undefined): number {
  if (suffix === undefined) return 1;
  if (suffix === 'm') return 1e-3;
  if (suffix.length === 2) return 1024 ** (binary.indexOf(suffix) + 1);
  return 1000 ** (decimal.indexOf(suffix) + 1);
}
