import { drillServerSettings } from './drill-server-settings.ts';
import type { DrillServerSize } from './drill-server-settings.ts';

export interface DrillServerChoice extends DrillServerSize {
  /** Of the programs; absent: whichever are found first. */
  readonly major?: number;
  /** Folder of the drill's volume: `data`, `home` and `tmp` are made in it, each anew. */
  readonly folder: string;
  /** Where the Unix socket will be, and `fault` with one line where the server cannot start. */
  readonly socketFolder: string;
  /** Folders to look for initdb and postgres in, before PATH. */
  readonly programFolders?: readonly string[];
  /** The owner's settings; they win over ours. */
  readonly settings: Readonly<Record<string, string>>;
}

export const drillServerPort = 5432;
export const drillServerUser = 'postgres';
/** In the socket's folder: `Unfit` or `Failed`, a space, and why. */
export const drillServerFaultFile = 'fault';

/** Where distributions and images put the programs when they are not on PATH; shell patterns. */
const usualFolders = [
  '/usr/lib/postgresql/*/bin',
  '/usr/local/bin',
  '/usr/local/pgsql/bin',
  '/usr/pgsql-*/bin',
  '/usr/libexec/postgresql*',
  '/opt/*/bin',
  '/opt/*/*/bin',
];

/**
 * One POSIX shell script that makes an empty server and becomes it, in any image that holds initdb and postgres, as
 * any user that has a line in /etc/passwd, on a read-only root file system. Run again it starts over. The server
 * listens on a Unix socket alone and trusts who reaches it.
 */
export function drillServerScript(choice: DrillServerChoice): string {
  const { folder, socketFolder, major, programFolders = [] } = choice;
  const settings = {
    ...drillServerSettings(choice),
    ...choice.settings,
    ...fixedSettings(socketFolder),
  };
  const given = Object.entries(settings).map(([name, value]) => `-c ${shellQuoted(`${name}=${value}`)}`);
  return `${[
    ...preparation(folder, socketFolder),
    ...search(programFolders, major),
    ...initialization,
    '[ "$major" -lt 17 ] || set -- -c event_triggers=off',
    `exec "$bin/postgres" -D "$data" "$@" ${given.join(' ')}`,
  ].join('\n')}\n`;
}

/** What nobody may change: nothing but the socket leads in, nothing leads out, and a server that crashed is gone. */
function fixedSettings(socketFolder: string): Record<string, string> {
  return {
    // It would come back as if nothing had been, with unlogged tables empty.
    restart_after_crash: 'off',
    listen_addresses: '',
    port: String(drillServerPort),
    // A list of names: quoted, so that a comma or a space stays part of the one name.
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
  };
}

function preparation(folder: string, socketFolder: string): string[] {
  return [
    'set -eu',
    'umask 077',
    'unset PGDATA PGHOST PGPORT PGUSER PGDATABASE PGOPTIONS || :',
    `drill=${shellQuoted(folder)}`,
    `sockets=${shellQuoted(socketFolder)}`,
    'data=$drill/data',
    'give_up() {',
    '  printf \'pgcairn: %s\\n\' "$2" >&2',
    `  printf '%s %s\\n' "$1" "$2" >"$sockets/${drillServerFaultFile}"`,
    '  exit 1',
    '}',
    'mkdir -p "$drill" "$sockets"',
    `rm -rf "$data" "$drill/home" "$drill/tmp" "$sockets/${drillServerFaultFile}" "$sockets"/.s.PGSQL.*`,
    'mkdir "$drill/home" "$drill/tmp"',
    'export HOME="$drill/home" TMPDIR="$drill/tmp" TZ=UTC LC_ALL=C',
    'cd "$drill"',
  ];
}

function search(programFolders: readonly string[], major: number | undefined): string[] {
  return [
    `wanted=${major === undefined ? '' : String(major)}`,
    "bin='' others=''",
    'try() {',
    '  [ -z "$bin" ] && [ -x "$1/postgres" ] && [ -x "$1/initdb" ] || return 0',
    '  version=$("$1/postgres" --version) || return 0',
    '  version=${version#*") "}',
    '  version=${version%%[!0-9]*}',
    '  if [ "$version" = "${wanted:-$version}" ]; then',
    '    bin=$1 major=$version',
    '  else',
    // What was named may be on PATH and in a usual place, too.
    '    case "$others," in *" is in $1,"*) return 0 ;; esac',
    '    others="${others:+$others,} PostgreSQL $version is in $1"',
    '  fi',
    '}',
    ...programFolders.map((folder) => `try ${shellQuoted(folder)}`),
    'set -f',
    'before=$IFS IFS=:',
    'for place in ${PATH:-}; do [ -z "$place" ] || try "$place"; done',
    'IFS=$before',
    'set +f',
    `for place in ${usualFolders.join(' ')}; do try "$place"; done`,
    'if [ -z "$bin" ]; then',
    '  give_up Unfit "no initdb and postgres${wanted:+ of PostgreSQL $wanted} were found on PATH or where packages put them${others:+;$others}"',
    'fi',
  ];
}

const initialization = [
  'set --',
  // Checksums of pages cost time, and find nothing in a copy that was made a moment ago.
  '[ "$major" -lt 18 ] || set -- --no-data-checksums',
  `"$bin/initdb" -D "$data" -U ${drillServerUser} --auth=trust --encoding=UTF8 --locale=C --no-sync "$@" >"$drill/tmp/initdb.log" 2>&1 || {`,
  '  cat "$drill/tmp/initdb.log" >&2',
  '  give_up Failed "initdb of PostgreSQL $major failed; its words are in the log of the server"',
  '}',
  'set --',
];

/** One word of a POSIX shell, whatever it holds. */
export function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
