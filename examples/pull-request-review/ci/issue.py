#!/usr/bin/env python3
"""Keeps one issue about the drift of a stack: issue.py FILE. Drift opens or updates it; without drift it is closed."""

import os
import sys
from pathlib import Path

import github

LABEL = "userplane-drift"


def main() -> None:
    """Opens, updates or closes the issue; does nothing if there is neither drift nor an issue."""
    review = Path(sys.argv[1]).read_text("utf-8")
    run = github.run_url()
    body = f"{review}\nSeen by {run}.\n"
    issue = github.find_ours(github.get_all(f"issues?labels={LABEL}&state=open"), github.find_marker(review))
    drifted = os.environ["VERDICT"] == "drifted"
    if drifted and issue:
        github.send("PATCH", f"issues/{issue['number']}", body=body)
    elif drifted:
        title = f"Recording links of {os.environ['STACK']} were changed outside Pulumi"
        github.send("POST", "issues", title=title, body=body, labels=[LABEL])
    elif issue:
        github.send("POST", f"issues/{issue['number']}/comments", body=f"The links are as declared again: {run}.")
        github.send("PATCH", f"issues/{issue['number']}", state="closed")


if __name__ == "__main__":
    main()
