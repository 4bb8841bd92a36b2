#!/usr/bin/env bash
# Everything that must hold before a change lands: format, lint, types, then the suites from fast to slow.
#   usage: npm test                 all of it
#          npm test -- unit repo    only the named suites
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
bash scripts/packages.sh
export PATH="$PWD/node_modules/.bin:$PATH"
results=$(mktemp -d)
companion=
end_companion() {
  [ -z "$companion" ] || kill -- "-$companion" 2>/dev/null || true
  rm -rf "$results"
}
trap end_companion EXIT

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

# The suite that changes its cluster as a whole gets one of its own, and runs beside the one that mostly waits: with
# more at once, name servers and databases answer later than the product is patient. A given cluster is the only one
# there is: there it follows.
has() { [[ " ${suites[*]} " == *" $1 "* ]]; }
runs_beside() { [ -z "${KUBECONFIG:-}" ] && [ "$1" = cluster-alone ] && has cluster-kills; }
beside() {
  say "$1, in a cluster of its own"
  export PGCAIRN_CLUSTER_NAME=pgcairn-alone
  local ended=0
  run "$1" || ended=1
  bash scripts/with-node.sh test/cluster/harness/cli.ts down || ended=1
  return $ended
}

status=0
for suite in "${suites[@]}"; do
  if runs_beside "$suite"; then continue; fi
  if [ "$suite" = cluster-kills ] && has cluster-alone && runs_beside cluster-alone; then
    # What both clusters are built from is built once, before they race for it.
    bash scripts/with-node.sh test/cluster/harness/cli.ts up || status=1
    # in a process group of its own, so that it can be ended whole
    set -m
    beside cluster-alone >"$results/beside.log" 2>&1 &
    companion=$!
    set +m
  fi
  say "$suite"
  run "$suite" || status=1
done
if [ -n "$companion" ]; then
  wait "$companion" || status=1
  cat "$results/beside.log"
fi
say "done"
node scripts/test-summary.ts "$results" || status=1
exit $status
