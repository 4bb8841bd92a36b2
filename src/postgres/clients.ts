import { access, constants, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Where Debian and its packages put client programs, side by side by major. */
const defaultClientRoot = '/usr/lib/postgresql';

export interface ClientPrograms {
  readonly major: number;
  /** Folder with pg_dump, pg_dumpall, pg_restore and psql. */
  readonly bin: string;
}

/** The client programs under `<root>/<major>/bin`, by ascending major; only where pg_dump can be run. */
export async function findClients(root: string = defaultClientRoot): Promise<ClientPrograms[]> {
  const names = await readdir(root).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const bin = join(root, name, 'bin');
        const runs = await access(join(bin, 'pg_dump'), constants.X_OK).then(
          () => true,
          () => false,
        );
        return runs ? [{ major: Number(name), bin }] : [];
      }),
  );
  return found.flat().toSorted((a, b) => a.major - b.major);
}
