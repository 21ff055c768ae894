#!/usr/bin/env bash
# Puts a review into its pull request: comment.sh FILE. There is one comment for a stack, which is kept up to date.
set -euo pipefail

marker=$(tail -n 1 "$1")
body=$(mktemp)
{
    cat "$1"
    printf '\n%s\n' "Of commit $COMMIT ([run]($GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID))."
} >"$body"

# Anybody can write a comment with this marker, and change it again after us.
comment=$(
    gh api --paginate "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments?per_page=100" |
        jq -n --arg marker "$marker" \
            '[inputs[] | select(.user.login == "github-actions[bot]" and any(.body | splits("\r?\n"); . == $marker)) | .id]
                | first // empty'
)
if [[ -n $comment ]]; then
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$comment" --field "body=@$body" >/dev/null
else
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$PULL_REQUEST/comments" --field "body=@$body" >/dev/null
fi
