#!/usr/bin/env bash
# Lints the OpenAPI documents of the examples with Redocly and Spectral, both with their recommended rules. The two linters
# bring hundreds of packages, so they are installed into a folder of their own, not with the repository.
#   scripts/lint-openapi.sh [APP…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
tools=${OPENAPI_TOOLS:-${TMPDIR:-/tmp}/guichet-openapi-tools}
mkdir -p "$tools/out"
[ -x "$tools/node_modules/.bin/redocly" ] && [ -x "$tools/node_modules/.bin/spectral" ] ||
  npm install --prefix "$tools" --ignore-scripts --no-save @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3
echo 'extends: ["spectral:oas"]' >"$tools/out/.spectral.yaml"
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true

apps=("$@")
[ ${#apps[@]} -gt 0 ] || apps=(examples/recipes/app.ts test/e2e/openapi/comics.ts)
code=0
for app in "${apps[@]}"; do
  file=$tools/out/$(basename "$(dirname "$app")").json
  node scripts/setup.mjs --conditions=guichet-source src/cli/start.ts openapi "$app" >"$file"
  echo "== $app"
  "$tools/node_modules/.bin/redocly" lint --extends=recommended --max-problems=30 "$file" >"$tools/redocly.log" 2>&1 || code=1
  cat "$tools/redocly.log"
  if grep -q 'You have .* warning' "$tools/redocly.log"; then code=1; fi
  "$tools/node_modules/.bin/spectral" lint --ruleset "$tools/out/.spectral.yaml" --fail-severity=warn "$file" || code=1
done
exit $code
