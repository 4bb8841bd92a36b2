#!/usr/bin/env bash
# Runs pgcairn from this checkout, in the folder of the caller, with the project's own Node.
#   usage: npm run pgcairn -- COMMAND ..., npx pgcairn COMMAND ..., or this file from anywhere
set -euo pipefail
root=$(dirname "$(dirname "$(realpath "$0")")")
bash "$root/scripts/packages.sh"
# npm runs scripts in the folder of the package, whatever folder the caller is in.
if [ "${npm_lifecycle_event:-}" = pgcairn ]; then cd "${INIT_CWD:-.}"; fi
PATH="$root/node_modules/.bin:$PATH" exec node "$root/src/main.ts" "$@"
