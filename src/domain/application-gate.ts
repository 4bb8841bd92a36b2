/**
 * How a drill runs an application of its owner without being able to start a container: the container is there from
 * the beginning, and a gate in it waits. Files of the folder that both share:
 *
 *   go         made by the worker, complete at once (rename): DATABASE_URL, one line
 *   output     made by the gate: standard output and error, the first 64 KiB
 *   exit-code  made by the gate when the application has ended, complete at once (rename)
 */
export const gateFiles = { go: 'go', output: 'output', exitCode: 'exit-code' } as const;

const outputLimitBytes = 65_536;

/**
 * The gate as a script for busybox; the program with its arguments are the arguments of the script. It stays until it
 * is stopped, by whichever signal its image names, since a container that ended would be started again; and ends where
 * it cannot even wait.
 */
export function gateScript(busybox: string, folder: string): string {
  const file = (name: string): string => `${folder}/${name}`;
  return `busybox=${busybox}
trap 'exit 0' TERM INT QUIT
rest() { "$busybox" sleep "$1" & wait "$!"; }
until [ -e ${file(gateFiles.go)} ]; do rest 1 || exit; done
if ! [ -e ${file(gateFiles.exitCode)} ]; then
  DATABASE_URL=$("$busybox" cat ${file(gateFiles.go)})
  export DATABASE_URL
  {
    { "$@" 2>&1; echo "$?" >${file('code')}; } | {
      "$busybox" head -c ${String(outputLimitBytes)} >${file(gateFiles.output)}
      "$busybox" cat >/dev/null
    }
    "$busybox" mv ${file('code')} ${file(gateFiles.exitCode)}
  } &
  wait "$!"
fi
while rest 3600; do :; done
`;
}
