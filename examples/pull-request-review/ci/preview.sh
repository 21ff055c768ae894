#!/usr/bin/env bash
# Writes what a pull request would do to plan.json and comment.md in $RUNNER_TEMP. Exits with 0: fine, 3: stopped, 1: failed.
set -euo pipefail
# shellcheck source=ci/planning.sh
source "$(dirname "$0")/planning.sh"

plan
code=0
judge markdown "$LINKS_MAY_DIE" >"$RUNNER_TEMP/comment.md" || code=$?
case $code in
0) echo "verdict=fine" >>"$GITHUB_OUTPUT" ;;
3) echo "verdict=stopped" >>"$GITHUB_OUTPUT" ;;
*) code=1 ;;
esac
exit "$code"
