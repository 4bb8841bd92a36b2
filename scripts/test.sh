#!/usr/bin/env bash
# Everything that must hold before a change lands: format, lint, types, then the suites from fast to slow.
#   usage: npm test                 all of it
#          npm test -- unit repo    only the named suites
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
bash scripts/packages.sh
export PATH="$PWD/node_modules/.bin:$PATH"
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

say() { printf '\n== %s (%d s since the start)\n' "$1" "$SECONDS"; }
say "format, lint, types, dead code"
prettier --log-level warn --check .
oxlint --type-aware --deny-warnings
tsc --noEmit
knip --no-progress

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(unit repo fault integration cluster cluster-alone)
status=0
for suite in "${suites[@]}"; do
  say "$suite"
  # These wait more than they work: more files at once than there are processors.
  workers=()
  case "$suite" in
    integration | cluster) workers=(--maxWorkers=4) ;;
  esac
  node node_modules/vitest/vitest.mjs run --project "$suite" ${workers[@]+"${workers[@]}"} --reporter=default --reporter=json \
    --outputFile.json="$results/$suite.json" || { status=1; echo "suite $suite failed" >&2; }
done
say "done"
node scripts/test-summary.ts "$results" || status=1
exit $status
