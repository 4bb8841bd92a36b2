const letters = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** Whether the checksum of a lower-case Bech32 text holds (BIP 173), so that a mistyped key is seen at once. */
export function isBech32(text: string): boolean {
  const separator = text.lastIndexOf('1');
  const prefix = Array.from(text.slice(0, Math.max(separator, 0)), (letter) => letter.charCodeAt(0));
  const data = Array.from(text.slice(separator + 1), (letter) => letters.indexOf(letter));
  if (prefix.length === 0 || data.length < 6 || data.includes(-1)) return false;
  return checksum([...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...data]) === 1;
}

function checksum(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    generator.forEach((word, bit) => {
      if ((top >> bit) & 1) sum ^= word;
    });
  }
  return sum;
}
