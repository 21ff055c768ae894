#!/usr/bin/env bash
# Looks for links that an interrupted run created and the state lacks: `up` could create a second one of each.
# Exits with 0: there are none, 3: stopped, left.json in $RUNNER_TEMP brings them in, 1: failed.
set -euo pipefail

project=$PWD
cd "$RUNNER_TEMP"
code=0
pulumi-userplane recover --stack "$STACK" --check --cwd "$project" | tee left.txt || code=$?
if [[ $code == 3 ]]; then
    echo "::error::an interrupted run created links that the state lacks; the summary says what to do, with the artifact"
    { echo "~~~" && cat left.txt && echo "~~~"; } >>"$GITHUB_STEP_SUMMARY"
    # Without anything to bring in, there is no file.
    if [[ -f left.json ]]; then
        echo "file=$RUNNER_TEMP/left.json" >>"$GITHUB_OUTPUT"
    fi
fi
exit "$code"
