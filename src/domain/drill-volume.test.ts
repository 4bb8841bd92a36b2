import { describe, expect, it } from 'vitest';
import { drillVolumeSize, quantityOf } from './drill-volume.ts';

const run = { databasesBytes: 10_000_000_000, storedBytes: 2_000_000_000 };

describe('the volume of a drill', () => {
  it('holds the databases so many times, the run twice, and a gibibyte more', () => {
    const { bytes, isKnown } = drillVolumeSize({ sizeFactor: '1.5' }, run);
    expect(isKnown).toBe(true);
    expect(bytes).toBeGreaterThanOrEqual(15_000_000_000 + 4_000_000_000 + 1024 ** 3);
    expect(bytes).toBeLessThan(15_000_000_000 + 4_000_000_000 + 1024 ** 3 + 1024 ** 2);
    expect(quantityOf(bytes)).toBe('19144Mi');
  });

  it('is as large as its owner says', () => {
    expect(drillVolumeSize({ size: '40Gi', sizeFactor: '1.5' }, run)).toEqual({
      bytes: 40 * 1024 ** 3,
      isKnown: true,
    });
  });

  it('is a guess where nothing is known of the run', () => {
    expect(drillVolumeSize({ sizeFactor: '1.5' }, undefined)).toEqual({
      bytes: 20 * 1024 ** 3,
      isKnown: false,
    });
  });
});
