# Sourced by preview.sh and up.sh: makes a plan, and reviews what it does to the addresses that customers have.
# shellcheck shell=bash

# plan: writes preview.json and plan.json to $RUNNER_TEMP.
plan() {
    # Without the steps of replacements, the JSON lacks a link that is deleted only because another link is replaced.
    if ! pulumi preview --stack "$STACK" --refresh --show-replacement-steps --non-interactive --json \
        --save-plan "$RUNNER_TEMP/plan.json" >"$RUNNER_TEMP/preview.json"; then
        # The CLI writes the reason into the JSON.
        pulumi-userplane review "$RUNNER_TEMP/preview.json" >&2 || true
        echo "::error::the preview failed, so nobody knows what would change" >&2
        exit 1
    fi
}

# judge FORMAT MAY_DIE: writes the review; exits with 3 if addresses would die, unless MAY_DIE is true.
judge() {
    local limits=(--max-replaced 0 --max-deleted 0)
    if [[ $2 == true ]]; then
        limits=()
    fi
    pulumi-userplane review "$RUNNER_TEMP/preview.json" --format "$1" "${limits[@]}"
}
