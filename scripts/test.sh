#!/usr/bin/env bash
# Everything that must hold before a change lands: format, lint, types, then the suites from fast to slow.
#   usage: npm test                 all of it
#          npm test -- unit repo    only the named suites
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
bash scripts/packages.sh
export PATH="$PWD/node_modules/.bin:$PATH"
companions=() results='' files=''
# Servers that tests left which were killed: those with their data in this folder. QUIT is PostgreSQL's way to end at once.
end_servers() { pkill -QUIT -f -- "$1/pgcairn-" || true; }
end_companions() {
  for companion in ${companions[@]+"${companions[@]}"}; do kill -- "-$companion" 2>/dev/null || true; done
  [ -z "$files" ] || end_servers "$files"
  rm -rf "$results" "$files" || true
}
trap end_companions EXIT

# Where tests keep files. Servers make and remove a thousand each, which takes twice as long on a disk; the memory that a
# container gives is often small, or runs no programs.
memory_has_room() {
  local room free
  room=$(df --output=avail /dev/shm 2>/dev/null | tail -1) || return 1
  free=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)
  [ "$room" -gt 4000000 ] && [ "${free:-0}" -gt 8000000 ] && ! grep -q " /dev/shm .*noexec" /proc/mounts
}
place=${TMPDIR:-/tmp}
! memory_has_room || place=/dev/shm
# What a run left that was killed is nobody's: whoever is at work holds the lock.
for left in "$place"/pgcairn-test.*; do
  [ -d "$left" ] && flock --nonblock "$left/lock" true || continue
  end_servers "$left"
  rm -rf "$left" || true
done
files=$(mktemp -d "$place/pgcairn-test.XXXXXX")
exec 7>"$files/lock"
flock 7 || true
chmod 1777 "$files" # as /tmp: some servers do not run as root
results=$(mktemp -d)
# Hundreds of processes load the same packages: each is compiled once a run.
export NODE_COMPILE_CACHE=$results/compiled

say() { printf '\n== %s (%d s since the start)\n' "$1" "$SECONDS"; }
say "format, lint, types, dead code"
prettier --log-level warn --check . & # takes as long as all of the others
formatted=$!
oxlint --type-aware --deny-warnings
tsc --noEmit
knip --no-progress
wait "$formatted"

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(unit repo fault integration cluster cluster-kills cluster-drill-kills cluster-alone)

# Runs suites together; the first names them.
run() {
  # Most suites wait more than they work: more files at once than there are processors.
  local workers=() projects=() temporary=${TMPDIR:-/tmp}
  case "$1" in
    unit | repo | fault) workers=(--maxWorkers=3) temporary=$files ;;
    integration) workers=(--maxWorkers=4) temporary=$files ;;
    cluster) workers=(--maxWorkers=5) ;;
  esac
  for suite in "$@"; do projects+=(--project "$suite"); done
  TMPDIR=$temporary node node_modules/vitest/vitest.mjs run "${projects[@]}" ${workers[@]+"${workers[@]}"} --reporter=default --reporter=json \
    --outputFile.json="$results/$1.json" || { echo "suite $* failed" >&2; return 1; }
}

# Suites that change their cluster as a whole mostly wait: each has a cluster to itself, and all run at once, but not
# beside `cluster`, which leaves no processor free: name servers and databases would answer later than the product is
# patient. A given cluster is the only one there is: there one follows another.
runs_beside() {
  [ -z "${KUBECONFIG:-}" ] || return 1
  case "$1" in
    cluster-alone | cluster-kills | cluster-drill-kills) ;;
    *) return 1 ;;
  esac
}
in_own_cluster() {
  export PGCAIRN_CLUSTER_NAME=pgcairn-${1#cluster-}
  local ended=0
  run "$1" || ended=1
  bash scripts/with-node.sh test/cluster/harness/cli.ts down || ended=1
  say "end of $1"
  return $ended
}

status=0
quick=() slow=() beside=()
for suite in "${suites[@]}"; do
  case "$suite" in
    unit | repo | fault) quick+=("$suite") ;;
    *) if runs_beside "$suite"; then beside+=("$suite"); else slow+=("$suite"); fi ;;
  esac
done
if [ ${#quick[@]} -gt 0 ]; then
  say "${quick[*]}"
  run "${quick[@]}" || status=1
fi
# What clusters are built from is built once, before suites race for it and their time begins.
raise_cluster() {
  bash scripts/with-node.sh test/cluster/harness/cli.ts up
}
for suite in ${slow[@]+"${slow[@]}"}; do
  say "$suite"
  [ "$suite" = integration ] || raise_cluster || true # if it cannot be, the suite says so
  run "$suite" || status=1
done
if [ ${#beside[@]} -gt 0 ]; then
  raise_cluster || status=1 # the first suite has the one that comes of it
  # in process groups of their own, so that each can be ended whole
  set -m
  for suite in "${beside[@]:1}"; do
    say "$suite, in a cluster of its own"
    in_own_cluster "$suite" >"$results/$suite.log" 2>&1 &
    companions+=($!)
  done
  set +m
  say "${beside[0]}"
  run "${beside[0]}" || status=1
  say "end of ${beside[0]}"
  for which in "${!companions[@]}"; do
    wait "${companions[$which]}" || status=1
    cat "$results/${beside[$which + 1]}.log"
  done
fi
say "done"
node scripts/test-summary.ts "$results" || status=1
exit $status
