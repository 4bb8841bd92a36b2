#!/usr/bin/env bash
# Installs the locked npm packages (Node 24 among them) unless they are there already.
set -euo pipefail
cd "$(dirname "$(realpath "$0")")/.."
command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer with npm (Debian: apt-get install nodejs npm)" >&2; exit 1; }
stamp=node_modules/.pgcairn-lock
if ! cmp -s package-lock.json "$stamp"; then
  echo "installing npm packages" >&2
  # not `npm ci`: it refuses a lock file that lacks the packages of platforms that some registry does not have
  npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json "$stamp"
fi
