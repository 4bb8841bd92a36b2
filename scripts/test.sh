#!/usr/bin/env bash
# Everything that must hold before a change lands: format, lint, types, then the suites from fast to slow.
#   usage: npm test                 all of it
#          npm test -- unit repo    only the named suites
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
bash scripts/packages.sh
export PATH="$PWD/node_modules/.bin:$PATH"
results=$(mktemp -d)
companions=()
end_companions() {
  local each
  for each in ${companions[@]+"${companions[@]}"}; do kill -- "-$each" 2>/dev/null || true; done
  rm -rf "$results"
}
trap end_companions EXIT

say() { printf '\n== %s (%d s since the start)\n' "$1" "$SECONDS"; }
say "format, lint, types, dead code"
prettier --log-level warn --check .
oxlint --type-aware --deny-warnings
tsc --noEmit
knip --no-progress

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(unit repo fault integration cluster cluster-alone cluster-kills)

run() {
  # These wait more than they work: more files at once than there are processors.
  local workers=()
  case "$1" in
    integration | cluster) workers=(--maxWorkers=4) ;;
  esac
  node node_modules/vitest/vitest.mjs run --project "$1" ${workers[@]+"${workers[@]}"} --reporter=default --reporter=json \
    --outputFile.json="$results/$1.json" || { echo "suite $1 failed" >&2; return 1; }
}

# Suites that change their cluster as a whole get one of their own, and run beside the others. A given cluster is the
# only one there is: there they follow.
runs_beside() { [ -z "${KUBECONFIG:-}" ] && [ ${#suites[@]} -gt 1 ] && [[ "$1" == cluster-* ]]; }
beside() {
  say "$1, in a cluster of its own"
  export PGCAIRN_CLUSTER_NAME="pgcairn-${1#cluster-}"
  local ended=0
  run "$1" || ended=1
  bash scripts/with-node.sh test/cluster/harness/cli.ts down || ended=1
  say "end of $1"
  return $ended
}
start_companions() {
  local suite wanted=()
  for suite in "${suites[@]}"; do if runs_beside "$suite"; then wanted+=("$suite"); fi; done
  [ ${#wanted[@]} -gt 0 ] || return 0
  # What all clusters are built from is built once, before they race for it.
  bash scripts/with-node.sh test/cluster/harness/cli.ts up
  # in process groups of their own, so that each can be ended whole
  set -m
  for suite in "${wanted[@]}"; do
    beside "$suite" >"$results/$suite.log" 2>&1 &
    companions+=($!)
  done
  set +m
}

status=0
started=
for suite in "${suites[@]}"; do
  if runs_beside "$suite"; then continue; fi
  # Not before: the suites before keep both processors busy.
  if [ "$suite" = cluster ]; then
    start_companions || status=1
    started=yes
  fi
  say "$suite"
  run "$suite" || status=1
done
[ -n "$started" ] || start_companions || status=1
for companion in ${companions[@]+"${companions[@]}"}; do wait "$companion" || status=1; done
for log in "$results"/*.log; do if [ -e "$log" ]; then cat "$log"; fi; done
say "done"
node scripts/test-summary.ts "$results" || status=1
exit $status
