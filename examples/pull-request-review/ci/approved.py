#!/usr/bin/env python3
"""Finds what was approved for the pushed commit: the label of its pull request, and the plan that its reviewers saw."""

import os
import sys
from pathlib import Path
from typing import Any

import github

LABEL = "links-may-die"


def main() -> None:
    """Writes the outputs `links-may-die` and `plan`."""
    links_may_die, plan = _find_approval(os.environ["GITHUB_SHA"], Path(os.environ["RUNNER_TEMP"]) / "approved")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as output:
        output.write(f"links-may-die={str(links_may_die).lower()}\nplan={plan}\n")


def _find_approval(commit: str, folder: Path) -> tuple[bool, str]:
    pulls = [pull for pull in github.get(f"commits/{commit}/pulls") if pull["merge_commit_sha"] == commit]
    if not pulls:
        return _report_none("no pull request was merged by this commit")
    head = pulls[0]["head"]["sha"]
    artifacts = github.get(f"actions/artifacts?name=plan-{head}&per_page=100")["artifacts"]
    plans = [artifact for artifact in artifacts if _is_plan_of(head, artifact)]
    if not plans:
        return _report_none("the plan that the reviewers saw is not there any more")
    newest = max(plans, key=lambda plan: str(plan["created_at"]))
    github.download(newest["workflow_run"]["id"], newest["name"], folder)
    return any(label["name"] == LABEL for label in pulls[0]["labels"]), str(folder / "plan.json")


def _is_plan_of(commit: str, artifact: dict[str, Any]) -> bool:
    run = artifact["workflow_run"] or {}
    # A fork's run can upload an artifact of any name.
    is_own = run.get("head_repository_id") == run.get("repository_id")
    return not artifact["expired"] and run.get("head_sha") == commit and is_own


def _report_none(reason: str) -> tuple[bool, str]:
    sys.stdout.write(f"::warning::{reason}: no address may die\n")
    return False, ""


if __name__ == "__main__":
    main()
