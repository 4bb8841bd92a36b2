import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { temporaryNameOf } from '../../src/storage/object-key.ts';
import { VolumeStore } from '../../src/storage/volume.ts';
import type { StoreUnderTest } from './store.ts';
import { storeContract } from './store.ts';

async function volumeIn(parent: string): Promise<StoreUnderTest> {
  const mount = await mkdtemp(join(parent, 'pgcairn-volume-'));
  const spec = { claimName: 'backups', path: '/shop/postgres/' };
  return {
    store: new VolumeStore(spec, mount),
    other: new VolumeStore(spec, mount),
    capabilities: { multipart: true, conditionalWrite: true, versioning: false, objectLock: false },
    leaveUnfinished: async (key) => {
      const folder = dirname(join(mount, 'shop/postgres', key));
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, temporaryNameOf('0123456789abcdef')), Buffer.alloc(1000));
      return 1000;
    },
    stop: () => rm(mount, { recursive: true }),
  };
}

storeContract('a volume on disk', () => volumeIn(tmpdir()));
storeContract('a volume in memory', () => volumeIn('/dev/shm'));
