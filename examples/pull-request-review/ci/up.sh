#!/usr/bin/env bash
# Applies $PLAN, the approved plan. If there is none, or if it no longer fits, it applies a new plan.
# Exits with 0: applied, 3: stopped before anything was done, 1: failed.
set -euo pipefail
# shellcheck source=ci/planning.sh
source "$(dirname "$0")/planning.sh"

apply() {
    local word code=0
    # Otherwise what the program prints, or a title with a line break, could give commands to GitHub's runner.
    word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    echo "::stop-commands::$word"
    pulumi up --stack "$STACK" --refresh --yes --non-interactive --color never --plan "$1" 2>&1 |
        tee "$RUNNER_TEMP/up.log" || code=$?
    echo "::$word::"
    return "$code"
}

# `up` compares its own preview with the plan before it does anything.
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
