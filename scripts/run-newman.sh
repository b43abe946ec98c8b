#!/usr/bin/env bash
# Runs the generated Postman collections of the examples with newman, each on a server of its own with a fresh database.
# newman brings many packages, so it is installed into a folder of its own, not with the repository.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${NEWMAN_TOOLS:-${TMPDIR:-/tmp}/guichet-newman}
[ -x "$tools/node_modules/.bin/newman" ] || npm install --prefix "$tools" --ignore-scripts --no-save newman@6.2.2
guichet=(node scripts/setup.mjs --conditions=guichet-source src/cli/start.ts)

run() { # APP PORT NEWMAN-OPTION…
  local app=$1 port=$2 code=0 url=http://127.0.0.1:$2
  shift 2
  "${guichet[@]}" postman "$app" --url "$url" --output "$tools/collection.json" || return 1
  PORT=$port DATABASE_URL=pglite:memory: GUICHET_AUDIT=off LOG_LEVEL=error \
    "${guichet[@]}" run "$app" --no-watch >"$tools/server.log" 2>&1 &
  local server=$!
  until grep -q "$url" "$tools/server.log"; do
    kill -0 "$server" 2>"$tools/none" || { cat "$tools/server.log"; return 1; }
    sleep 0.3
  done
  echo "== $app"
  "$tools/node_modules/.bin/newman" run "$tools/collection.json" --color off "$@" >"$tools/newman.log" 2>&1 || code=1
  if [ $code = 0 ]; then grep -E 'requests|assertions' "$tools/newman.log"; else tail -n 60 "$tools/newman.log"; fi
  kill "$server"
  wait "$server" || true
  return $code
}

code=0
run examples/recipes/app.ts 3141 || code=1
run examples/comics/app.ts 3142 --env-var user=susie --env-var user_password=derkins \
  --env-var ADMIN=calvin --env-var ADMIN_password=hobbes || code=1
exit $code
