#!/usr/bin/env python3
"""Writes a review as a comment of its pull request: comment.py FILE. Each stack has one comment, kept up to date."""

import os
import sys
from pathlib import Path

import github


def main() -> None:
    """Creates the comment, or updates it."""
    review = Path(sys.argv[1]).read_text("utf-8")
    pull = os.environ["PULL_REQUEST"]
    body = f"{review}\nOf commit {os.environ['COMMIT']} ([run]({github.run_url()})).\n"
    comments = github.get_all(f"issues/{pull}/comments")
    if comment := github.find_ours(comments, github.find_marker(review)):
        github.send("PATCH", f"issues/comments/{comment['id']}", body=body)
    else:
        github.send("POST", f"issues/{pull}/comments", body=body)


if __name__ == "__main__":
    main()
