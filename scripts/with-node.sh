#!/usr/bin/env bash
# Runs a TypeScript (or JavaScript) file of this project with the project's own Node, installing the packages
# first when the lock file has changed since they were installed.
#   usage: scripts/with-node.sh FILE [ARGUMENT...]
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
bash scripts/packages.sh
export PATH="$PWD/node_modules/.bin:$PATH"
exec node "$@"
