"""`pulumi-userplane ci` on the real CLI, without a platform: what it stops, applies and reports."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from tests.engine.stack import CANARY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack

HELP: dict[str, Any] = {"domain_id": "dom_help", "link_title": "Help"}
FAQ: dict[str, Any] = {"domain_id": "dom_help", "link_title": "Questions"}
TOKENS: dict[str, Any] = {"GITHUB_TOKEN": "t", "GITHUB_ACTIONS": "true", "GITLAB_CI": "true", "GITLAB_TOKEN": "t"}


def ci(stack: Stack, command: str, out: Path, *arguments: str, code: int = 0) -> str:
    """Runs a command of `ci` on the stack, and returns what it printed."""
    options = ("--stack", "dev", "--platform", "none", "--out", str(out))
    printed, errors = stack.command("ci", command, *options, *arguments, code=code, **TOKENS)
    return printed + errors


def test_change_goes_from_preview_to_addresses(stack: Stack, tmp_path: Path) -> None:
    """Leads a stack through a change that kills an address: stopped, with an outdated plan, and as approved."""
    stack.declare(help=HELP, faq=FAQ)
    stack.deploy()
    [old] = [link["linkURL"] for link in stack.live().values() if link["linkTitle"] == "Help"]
    stack.declare(help={**HELP, "domain_id": "dom_app"}, faq=FAQ)
    seen, done = tmp_path / "seen", tmp_path / "done"

    assert "1 address stops working, and nobody has approved that." in ci(stack, "preview", seen, code=3)
    assert old in (seen / "comment.md").read_text("utf-8")
    plan = seen / "plans" / "dev.json"
    assert plan.is_file()
    # Somebody else merges meanwhile, so what was seen no longer fits.
    stack.declare(help={**HELP, "domain_id": "dom_app"}, faq={**FAQ, "link_title": "More questions"})
    stack.sent()
    assert "a new plan was made" in ci(stack, "up", done, "--plan", str(plan), "--links-may-die", code=3)
    comment = (done / "comment.md").read_text("utf-8")
    assert comment.startswith("### Nothing was applied: 1 address would stop working\n\nTo know: the reviewed plan no ")
    assert [method for method, _ in stack.sent() if method != "GET"] == []

    stack.declare(help={**HELP, "domain_id": "dom_app"}, faq=FAQ)
    ci(stack, "up", done, "--plan", str(plan), "--links-may-die")

    assert sorted(method for method, _ in stack.sent() if method != "GET") == ["DELETE", "POST", "PUT"]
    [row] = csv.DictReader(io.StringIO((done / "links.csv").read_text("utf-8")))
    [new] = [link["linkURL"] for link in stack.live().values() if link["linkTitle"] == "Help"]
    assert (row["what"], row["old_address"], row["new_address"]) == ("replaced", old, new)
    assert new in (done / "comment.md").read_text("utf-8")
    assert json.loads((done / "report.json").read_text("utf-8"))["stacks"][0]["outcome"] == "fine"


def test_plan_of_a_stopped_preview_kills_no_address(stack: Stack, tmp_path: Path) -> None:
    """Leads `up` to a plan that would let a link go, with a program that lets it go only from its second run on."""
    stack.declare(help=HELP, faq=FAQ)
    stack.deploy()
    [old] = [link["linkURL"] for link in stack.live().values() if link["linkTitle"] == "Help"]
    stack.declare(help={**HELP, "domain_id": "dom_app"}, faq=FAQ)
    seen, done = tmp_path / "seen", tmp_path / "done"
    ci(stack, "preview", seen, code=3)
    stack.program(
        f"""
        from pathlib import Path
        runs = Path({str(tmp_path / "runs")!r})
        has_run = runs.exists()
        runs.touch()
        userplane.RecordingLink("help", dict({HELP!r}, domain_id="dom_app" if has_run else "dom_help"))
        userplane.RecordingLink("faq", {FAQ!r})
        """
    )

    printed = ci(stack, "up", done, "--plan", str(seen / "plans" / "dev.json"), code=1)

    assert "the reviewed plan would replace or delete links that the plan of this run keeps" in printed
    assert old in [link["linkURL"] for link in stack.live().values()]


def test_key_that_a_program_prints_reaches_no_log_and_no_report(stack: Stack, tmp_path: Path) -> None:
    stack.program(
        f"""
        import os
        print("key", os.environ["USERPLANE_API_KEY"], "::error::obeyed")
        userplane.RecordingLink("help", {HELP!r})
        userplane.RecordingLink("odd", domain_id="dom_none")
        """
    )
    preview, up = tmp_path / "preview", tmp_path / "up"

    printed = ci(stack, "preview", preview)
    printed += ci(stack, "up", up, code=1)

    assert "key uspl_***" in printed
    assert "dom_none" in (up / "comment.md").read_text("utf-8")
    [row] = [row for row in csv.DictReader(io.StringIO((up / "links.csv").read_text("utf-8"))) if row["name"] == "help"]
    assert row["what"] == "created"
    written = [file.read_text("utf-8") for folder in (preview, up) for file in folder.rglob("*") if file.is_file()]
    assert all(CANARY not in text for text in [printed, *written])


def test_drift_is_told_from_none_and_from_a_look_that_failed(stack: Stack, tmp_path: Path) -> None:
    stack.declare(help=HELP)
    stack.deploy()
    out = tmp_path / "drift"

    ci(stack, "drift", out)
    [link_id] = stack.live()
    stack.userplane.edit_link(link_id, linkTitle="Edited elsewhere")
    ci(stack, "drift", out, code=3)
    assert "Edited elsewhere" in (out / "comment.md").read_text("utf-8")
    stack.env["USERPLANE_API_KEY"] = "uspl_revoked"
    assert "API_KEY_INVALID" in ci(stack, "drift", out, code=1)
    assert not (out / "comment.md").exists()
