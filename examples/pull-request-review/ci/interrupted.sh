#!/usr/bin/env bash
# Looks for older links that an interrupted run created and the state lacks: `up` could create a second one of each.
# Exits with 0: there are none, or `up` resumes them, 3: stopped, left.json in $RUNNER_TEMP brings them in, 1: failed.
set -euo pipefail

project=$PWD
cd "$RUNNER_TEMP"
code=0
# `up` looks back two hours and resumes what it finds. Ten minutes less, since a look comes only later, during `up`.
pulumi-userplane recover --stack "$STACK" --check --older-than 110 --cwd "$project" | tee left.txt || code=$?
if [[ $code == 3 ]]; then
    echo "::error::an interrupted run created links that the state lacks, too long ago for up to resume them; the summary says what to do, with the artifact"
    { echo "~~~" && cat left.txt && echo "~~~"; } >>"$GITHUB_STEP_SUMMARY"
    # Without anything to bring in, there is no file.
    if [[ -f left.json ]]; then
        echo "file=$RUNNER_TEMP/left.json" >>"$GITHUB_OUTPUT"
    fi
fi
exit "$code"
