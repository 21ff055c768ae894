#!/usr/bin/env python3
"""Puts a review into its pull request: comment.py FILE. There is one comment for a stack, which is kept up to date."""

import os
import sys
from pathlib import Path

import github


def main() -> None:
    """Writes the comment, or writes it anew."""
    review = Path(sys.argv[1]).read_text("utf-8")
    pull = os.environ["PULL_REQUEST"]
    body = f"{review}\nOf commit {os.environ['COMMIT']} ([run]({github.this_run()})).\n"
    comments = github.get_all(f"issues/{pull}/comments")
    if comment := github.ours(comments, github.marker(review)):
        github.send("PATCH", f"issues/comments/{comment['id']}", body=body)
    else:
        github.send("POST", f"issues/{pull}/comments", body=body)


if __name__ == "__main__":
    main()
