import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { database, manifest } from '../../../test/builders/manifest.ts';
import { requireRoom } from './volume.ts';

const mebibyte = 1024 ** 2;

describe('the room of a drill', () => {
  const run = manifest({ objects: [], databases: [database({ sizeBytes: 10 * mebibyte })] });

  test('is no larger than its volume may be, whatever is free on the disk', async () => {
    await expect(requireRoom(tmpdir(), run, 60 * mebibyte)).rejects.toMatchObject({
      reason: 'DrillVolumeTooSmall',
      message: expect.stringMatching(/has 60 MiB free, and run .* needs 138 MiB/),
    });
    await requireRoom(tmpdir(), run, 138 * mebibyte);
  });

  test('is no larger than what is free on the disk, whatever its volume may be', async () => {
    const huge = manifest({ objects: [], databases: [database({ sizeBytes: 2 ** 52 })] });
    await expect(requireRoom(tmpdir(), huge, 2 ** 53)).rejects.toMatchObject({
      reason: 'DrillVolumeTooSmall',
    });
  });
});
