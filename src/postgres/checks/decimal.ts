const form = /^(?<sign>[+-]?)(?<whole>\d+)(?:\.(?<fraction>\d*))?(?:[eE](?<exponent>[+-]?\d{1,4}))?$/;

/** A number as digits and a power of ten: nothing of it is rounded. */
interface Decimal {
  readonly digits: bigint;
  readonly power: number;
}

/**
 * Compares two numbers in decimal notation exactly: below 0, 0, above 0 as `a` is smaller, equal, larger. Undefined
 * when one of them is no number.
 */
export function compareDecimals(a: string, b: string): number | undefined {
  const [left, right] = [parse(a), parse(b)];
  if (left === undefined || right === undefined) return undefined;
  const power = Math.min(left.power, right.power);
  const difference = scaled(left, power) - scaled(right, power);
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

function parse(text: string): Decimal | undefined {
  const groups = form.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const fraction = groups['fraction'] ?? '';
  const digits = BigInt(`${groups['whole'] ?? '0'}${fraction}`);
  return {
    digits: groups['sign'] === '-' ? -digits : digits,
    power: Number(groups['exponent'] ?? '0') - fraction.length,
  };
}

function scaled({ digits, power }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(power - to);
}
