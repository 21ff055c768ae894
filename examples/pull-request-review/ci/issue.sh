#!/usr/bin/env bash
# Keeps one issue about a stack's drift: issue.sh FILE. Opened or brought up to date by drift, closed without.
set -euo pipefail

marker=$(tail -n 1 "$1")
run="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID"
body=$(mktemp)
{
    cat "$1"
    printf '\n%s\n' "Seen by $run."
} >"$body"

issue=$(
    gh api --paginate "repos/$GITHUB_REPOSITORY/issues?labels=userplane-drift&state=open&per_page=100" |
        jq -n --arg marker "$marker" \
            '[inputs[] | select(.user.login == "github-actions[bot]" and any(.body | splits("\r?\n"); . == $marker)) | .number]
                | first // empty'
)
case $VERDICT-${issue:+open} in
drifted-)
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues" --field "body=@$body" \
        --raw-field "title=Recording links of $STACK were changed outside Pulumi" \
        --raw-field "labels[]=userplane-drift" >/dev/null
    ;;
drifted-open)
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/$issue" --field "body=@$body" >/dev/null
    ;;
clean-open)
    gh api --method POST "repos/$GITHUB_REPOSITORY/issues/$issue/comments" \
        --raw-field "body=The links are as declared again: $run." >/dev/null
    gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/$issue" --raw-field state=closed >/dev/null
    ;;
esac
