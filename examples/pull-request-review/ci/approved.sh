#!/usr/bin/env bash
# What was approved for the commit that is pushed: the label of its pull request, and the plan that its reviewers saw.
set -euo pipefail

output() {
    printf 'links-may-die=%s\nplan=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

pull=$(
    gh api "repos/$GITHUB_REPOSITORY/commits/$GITHUB_SHA/pulls" |
        jq --arg commit "$GITHUB_SHA" 'first(.[] | select(.merge_commit_sha == $commit))'
)
if [[ -z $pull ]]; then
    echo "::warning::no pull request was merged by this commit: no address may die"
    output false ""
    exit
fi

head=$(jq -r .head.sha <<<"$pull")
# A fork's run can upload an artifact of any name.
run=$(
    gh api "repos/$GITHUB_REPOSITORY/actions/artifacts?name=plan-$head&per_page=100" |
        jq --arg head "$head" '[.artifacts[] | select(
            (.expired | not)
            and .workflow_run.head_sha == $head
            and .workflow_run.head_repository_id == .workflow_run.repository_id
        )] | max_by(.created_at) | .workflow_run.id // empty'
)
if [[ -z $run ]]; then
    echo "::warning::the plan that the reviewers saw is gone: no address may die"
    output false ""
    exit
fi
gh run download "$run" --repo "$GITHUB_REPOSITORY" --name "plan-$head" --dir "$RUNNER_TEMP/approved"
output "$(jq 'any(.labels[]; .name == "links-may-die")' <<<"$pull")" "$RUNNER_TEMP/approved/plan.json"
