#!/usr/bin/env bash
# Writes what was changed outside Pulumi to issue.md in $RUNNER_TEMP. Exits with 0, or with 1 if the refresh failed.
set -euo pipefail

if ! pulumi refresh --stack "$STACK" --preview-only --run-program --non-interactive --json \
    >"$RUNNER_TEMP/refresh.json"; then
    # The CLI writes the reason into the JSON.
    pulumi-userplane review --drift "$RUNNER_TEMP/refresh.json" >&2 || true
    echo "::error::the refresh failed, so nobody knows whether there is drift" >&2
    exit 1
fi
code=0
pulumi-userplane review --drift "$RUNNER_TEMP/refresh.json" --fail-on-drift >"$RUNNER_TEMP/issue.md" || code=$?
case $code in
0) echo "verdict=clean" >>"$GITHUB_OUTPUT" ;;
3) echo "verdict=drifted" >>"$GITHUB_OUTPUT" ;;
*) exit 1 ;;
esac
