#!/usr/bin/env bash
# Applies $PLAN, the approved plan, or where there is none or it no longer fits, what is planned now.
# Ends with 0: applied, 3: stopped before anything was done, 1: failed.
set -euo pipefail
# shellcheck source=ci/planning.sh
source "$(dirname "$0")/planning.sh"

apply() {
    local word code=0
    # What the program prints, or a title that holds a line break, could else give GitHub's runner commands.
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$word"
    pulumi up --stack "$STACK" --refresh --yes --non-interactive --color never --plan "$1" 2>&1 |
        tee "$RUNNER_TEMP/up.log" || code=$?
    echo "::$word::"
    return "$code"
}

# `up` holds its own preview against the plan before it does anything.
was_refused() {
    ! grep -q '^Updating' "$RUNNER_TEMP/up.log" &&
        grep -Eq 'violates plan|not allowed by the plan|expected resource operations' "$RUNNER_TEMP/up.log"
}

plan
judge github-summary "$LINKS_MAY_DIE" >>"$GITHUB_STEP_SUMMARY"
if [[ -n $PLAN ]]; then
    if apply "$PLAN"; then
        exit
    fi
    if ! was_refused; then
        exit 1
    fi
    echo "::warning::what was approved no longer fits; it was planned again, and no address may die"
    judge text false
fi
apply "$RUNNER_TEMP/plan.json" || exit 1
