"""`ci up` applies what was approved, plans again what no longer fits, and says what was done."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli.ci.addresses import make_digests
from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL
from pulumi_userplane.cli.ci.platform import PlatformError, PullRequest
from pulumi_userplane.cli.ci.up import apply_stack
from pulumi_userplane.emulator import Emulator
from tests.support import states
from tests.support.ci_platform import MemoryPlatform
from tests.support.previews import step, text
from tests.support.rendered_comments import RenderedComment
from tests.support.states import planned, state

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.cli.ci.conftest import Project

APPLIED = Path(__file__).parents[1] / "review" / "applied"
FAILED = APPLIED.parent / "failed"
CHANGES = text(step("update", state("a", link_title="A"), planned("a", link_title="B")))
DELETES = text(step("delete", state("a", link_title="A")))
REFUSED = "Previewing update (dev):\nerror: delete is not allowed by the plan: this resource is constrained to same\n"
KEY = "uspl_canary_0f5c"
MERGED = PullRequest(7, "h", merge_commit="merge1")
[DIGEST] = make_digests([state("a")["outputs"]["link_url"]])
SHOWN = f"<!-- pulumi-userplane state p/dev h address dies {DIGEST} -->\n<!-- pulumi-userplane review p/dev -->"


NO_LONGER_FITS = "the reviewed plan no longer fits, so a new plan was made, by which no address may die"


def make_plan(name: str, *steps: str) -> str:
    """Returns a plan for the link a; the name tells it from others."""
    return json.dumps({"manifest": name, "resourcePlans": {state("a")["urn"]: {"steps": steps}}})


OWN, REVIEWED = make_plan("own", "delete"), make_plan("reviewed", "delete")


def record(project: Project, name: str, preview: str = CHANGES) -> None:
    """Lets the CLI do what it did in a recorded `up`."""
    texts = {file: (APPLIED / name / file).read_text("utf-8") for file in ("before.json", "after.json", "up.log")}
    project.cli.say(
        preview=preview,
        plan=OWN,
        export_1=texts["before.json"],
        export_2=texts["after.json"],
        up_1=texts["up.log"],
        up_2=texts["up.log"],
    )


def apply(project: Project, platform: MemoryPlatform, plan: Path | None = None, *, links_may_die: bool = False) -> int:
    return apply_stack(platform, "dev", project.folder, project.out, plan, links_may_die=links_may_die)


def pushed(**approved: object) -> MemoryPlatform:
    """Returns the platform of a run on the main branch."""
    platform = MemoryPlatform(pull=None, merged=[PullRequest(3, "x", merge_commit="merge0"), MERGED])
    if approved.get("label", True):
        platform.labels[MERGED.number] = {APPROVAL_LABEL}
    if approved.get("plan", True):
        platform.plans["dev"] = REVIEWED
    platform.say(str(approved.get("shown", SHOWN)), MERGED.number)
    return platform


def test_result_says_what_was_done(project: Project) -> None:
    record(project, "02-new-addresses")
    ended = project.run("up", "--links-may-die")

    assert ended.code == 0, ended.errors
    assert "Updating (dev)" in ended.out
    assert project.written == {"comment.md", "summary.md", "report.json", "links.csv", "links.json"}
    assert project.read("comment.md") == (APPLIED / "02-new-addresses" / "comment.md").read_text("utf-8")
    assert (project.out / "links.csv").read_bytes() == (APPLIED / "02-new-addresses" / "links.csv").read_bytes()
    rows = [*csv.DictReader(io.StringIO(project.read("links.csv")))]
    assert [row["what"] for row in rows] == [row["what"] for row in json.loads(project.read("links.json"))["links"]]
    assert json.loads(project.read("report.json"))["stacks"] == [
        {"project": "p", "stack": "dev", "outcome": "fine", "severity": "change", "dying": []}
    ]
    assert [call[0] for call in project.cli.calls] == ["stack", "preview", "up", "stack"]
    assert project.cli.applied == OWN


def test_update_says_which_policy_stops_it(project: Project) -> None:
    record(project, "02-new-addresses", (FAILED / "policy.json").read_text("utf-8"))
    project.cli.say(preview__code="255", preview_text=(FAILED / "policy.txt").read_text("utf-8"))
    ended = project.run("up")

    assert ended.code == 1
    assert "The link 'a' is on a domain that is not allowed" in ended.out
    assert "up" not in {call[0] for call in project.cli.calls}


def test_result_says_how_far_a_failed_update_came(project: Project) -> None:
    record(project, "04-half-failed")
    project.cli.say(up_1__code="255")
    platform = pushed()

    assert apply(project, platform) == 1

    assert platform.lines[-1] == ("error", "`pulumi up` of dev failed; its output is above")
    assert platform.outputs == {"outcome": "failed", "severity": "change"}
    assert project.read("comment.md") == (APPLIED / "04-half-failed" / "comment.md").read_text("utf-8")
    assert project.cli.applied == REVIEWED


def test_update_that_does_nothing_is_no_news(project: Project) -> None:
    record(project, "06-nothing-done", text())
    project.cli.say(export_2=(APPLIED / "06-nothing-done" / "before.json").read_text("utf-8"), up_1="Updating (dev):\n")
    assert project.run("up").code == 0
    assert json.loads(project.read("report.json"))["stacks"][0]["severity"] == "none"


def test_address_dies_only_with_label_plan_and_comment(project: Project) -> None:
    record(project, "02-new-addresses", DELETES)
    for approved in (
        {"label": False},
        {"plan": False},
        {"shown": "nothing"},
        {"shown": SHOWN.replace(" h ", " g ")},
        {"shown": SHOWN.replace(f" {DIGEST}", "")},
        {"shown": SHOWN.replace("address dies", "change")},
    ):
        platform = pushed(**approved)
        (project.cli.folder / "calls").write_text("", "utf-8")
        assert apply(project, platform) == 3
        assert platform.outputs["outcome"] == "stopped"
        comment = project.read("comment.md")
        assert comment.startswith("### Nothing was applied: 1 address would stop working\n")
        assert comment.count("###") == 1
        assert (
            "\n> **Stopped:** 1 address stops working, and nobody has approved that. If only the label `links-may-die` "
            "was forgotten, set it and run this job again; else start `up` with the input `links-may-die`, or undo "
            "the change in a new pull request.\n"
        ) in comment
        assert "<!-- pulumi-userplane result p/dev -->" in project.read("comment.md")
    assert "up" not in [call[0] for call in project.cli.calls]

    (project.cli.folder / "calls").write_text("", "utf-8")
    assert apply(project, pushed()) == 0
    assert project.cli.applied == REVIEWED


def test_address_that_the_comment_did_not_list_does_not_die(project: Project) -> None:
    record(project, "02-new-addresses", text(step("delete", state("a")), step("delete", state("b"))))
    platform = pushed()
    assert apply(project, platform) == 3
    assert platform.lines[0] == (
        "warning",
        "an address would die that the comment does not list, so `links-may-die` does not allow it",
    )
    assert "up" not in [call[0] for call in project.cli.calls]


@pytest.mark.parametrize("label", [True, False])
@pytest.mark.parametrize("steps", [["delete"], ["create-replacement", "replace", "delete-replaced"]])
def test_reviewed_plan_is_not_applied_where_it_lets_more_go(steps: list[str], label: bool, project: Project) -> None:
    """The job that made it ran the program of a branch, so it can permit what nobody has judged."""
    record(project, "02-new-addresses")
    own = make_plan("own", "update")
    project.cli.say(plan=own)
    platform = pushed(label=label)
    platform.plans["dev"] = make_plan("reviewed", *steps)
    assert apply(project, platform) == 0
    assert project.cli.applied == own
    assert platform.lines == [
        (
            "warning",
            "the reviewed plan would replace or delete links that the plan of this run keeps, so the latter is applied",
        )
    ]


def test_reviewed_plan_that_nobody_can_read_is_not_applied(project: Project) -> None:
    record(project, "02-new-addresses")
    platform = pushed()
    platform.plans["dev"] = "{}"
    assert apply(project, platform) == 0
    assert project.cli.applied == OWN
    assert platform.lines == [
        ("warning", "nobody can tell what the reviewed plan allows, so the plan of this run is applied")
    ]


def test_given_plan_is_not_applied_where_it_lets_more_go(project: Project, tmp_path: Path) -> None:
    record(project, "02-new-addresses")
    project.cli.say(plan=make_plan("own", "update"))
    plan = tmp_path / "plan.json"
    plan.write_text(REVIEWED, "utf-8")
    assert project.run("up", "--plan", plan, "--links-may-die").code == 0
    assert project.cli.applied == make_plan("own", "update")


def test_failed_preview_is_the_result(project: Project) -> None:
    record(project, "02-new-addresses")
    failed = text(diagnostics=[{"severity": "error", "message": f"no such domain {KEY}"}])
    project.cli.say(preview=failed, preview__code="255")
    platform = pushed()

    assert apply(project, platform) == 1

    comment = project.read("comment.md")
    assert comment.startswith("### Nothing was applied: the preview failed\n")
    assert "no such domain uspl_***" in comment
    assert comment.endswith("\n\n<!-- pulumi-userplane result p/dev -->\n")
    assert platform.outputs == {"outcome": "failed", "severity": "change"}
    assert platform.lines[-1][1].startswith("p/dev: The preview failed: 1 problem")


def test_push_without_pull_request_kills_no_address(project: Project) -> None:
    record(project, "02-new-addresses", DELETES)
    platform = MemoryPlatform(pull=None)
    assert apply(project, platform) == 3
    assert platform.lines[0] == (
        "warning",
        "no pull request was merged by this commit, so no address may die in this run",
    )

    platform = pushed(plan=False)
    assert apply(project, platform) == 3
    assert "the plan that the reviewers saw is not there any more" in platform.lines[0][1]


def test_approval_of_one_of_several_merged_pull_requests_kills_no_address(project: Project) -> None:
    record(project, "02-new-addresses", DELETES)
    platform = pushed()
    platform.merged.append(PullRequest(8, "i", merge_commit="merge1"))
    assert apply(project, platform) == 3
    assert platform.lines[0] == (
        "warning",
        "several pull requests were merged by this commit, so no address may die in this run",
    )


@pytest.mark.parametrize("merged", [[], [MERGED]])
def test_missing_approval_is_not_told_where_no_address_would_die(merged: list[PullRequest], project: Project) -> None:
    record(project, "02-new-addresses")
    platform = MemoryPlatform(pull=None, merged=merged)
    assert apply(project, platform) == 0
    assert platform.lines == []


def test_box_lets_addresses_die_and_asks_nobody(project: Project) -> None:
    record(project, "02-new-addresses", DELETES)
    platform = pushed(label=False)
    assert apply(project, platform, links_may_die=True) == 0
    assert project.cli.applied == OWN
    assert platform.requests == []


def test_given_plan_is_applied(project: Project, tmp_path: Path) -> None:
    record(project, "02-new-addresses")
    plan = tmp_path / "plan.json"
    missing = project.run("up", "--plan", plan)
    assert missing.code == 1
    assert missing.errors == f"there is no plan {plan}; name the one that `ci preview` has kept\n"

    for content in (b"\xe6\x00", b"7", b"{}", (APPLIED / "01-clean" / "after.json").read_bytes()):
        plan.write_bytes(content)
        other = project.run("up", "--plan", plan)
        assert (other.code, other.errors) == (
            1,
            f"{plan} is not a plan of the Pulumi CLI; name the one that `ci preview` has kept\n",
        )
    project.out.mkdir()
    inside = project.out / "plan.json"
    inside.write_text(REVIEWED, "utf-8")
    assert project.run("up", "--plan", inside).errors.startswith(f"the plan {inside} is in the folder of --out")
    assert project.cli.calls == []
    given = make_plan("given", "update")
    plan.write_text(given, "utf-8")
    assert project.run("up", "--plan", plan).code == 0
    assert project.cli.applied == given


@pytest.mark.parametrize("preview", [CHANGES, DELETES])
def test_refused_plan_is_made_again_and_no_address_may_die(preview: str, project: Project) -> None:
    record(project, "02-new-addresses", preview)
    project.cli.say(up_1=REFUSED, up_1__code="255")
    platform = pushed()

    code = apply(project, platform)

    assert ("warning", NO_LONGER_FITS) in platform.lines
    for name in ("comment.md", "summary.md"):
        heading, empty, told, *_ = project.read(name).split("\n")
        assert (heading[:4], empty) == ("### ", "")
        assert told == f"To know: {NO_LONGER_FITS}."
    assert code == (3 if preview is DELETES else 0)
    assert project.cli.applied == (REVIEWED if preview is DELETES else f"{REVIEWED}{OWN}")


@pytest.mark.parametrize(
    "log",
    [
        REFUSED.replace("not allowed by the plan", "400 NO"),
        f"{REFUSED}Updating (dev):\n",
    ],
)
def test_other_failure_is_not_planned_again(log: str, project: Project) -> None:
    record(project, "04-half-failed")
    project.cli.say(up_1=log, up_1__code="255")
    platform = pushed()
    assert apply(project, platform) == 1
    assert project.cli.applied == REVIEWED
    assert not any("a new plan was made" in line for _, line in platform.lines)


def test_own_plan_that_is_refused_is_not_made_again(project: Project) -> None:
    record(project, "04-half-failed")
    project.cli.say(up_1=REFUSED, up_1__code="255")
    assert project.run("up").code == 1
    assert project.cli.applied == OWN


def test_output_is_printed_without_keys_and_commands(project: Project) -> None:
    record(project, "02-new-addresses")
    project.cli.say(up_1=f"Updating (dev):\n::error::x\nsee {KEY} and ##vso[task]\n")
    ended = project.run("up", "--links-may-die")
    assert KEY not in ended.out
    assert "\n::error" not in ended.out
    assert "##vso[" not in ended.out
    assert all(KEY not in project.read(name) for name in project.written)


def test_output_is_printed_where_the_runner_obeys_nothing(project: Project) -> None:
    record(project, "02-new-addresses")
    platform = pushed()
    quiet: list[bool] = []
    original = platform.quiet_log

    def quiet_log() -> object:
        quiet.append(True)
        return original()

    platform.quiet_log = quiet_log  # type: ignore[method-assign, assignment]
    assert apply(project, platform) == 0
    # What the check for interrupted runs, the review and `up` print.
    assert len(quiet) == 3


@pytest.fixture
def userplane(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator() as userplane:
        for name, value in userplane.environ().items():
            monkeypatch.setenv(name, value)
        yield userplane


@pytest.mark.parametrize("with_file", [True, False])
def test_update_stops_when_an_interrupted_run_left_older_links(
    with_file: bool, project: Project, userplane: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = "pulumi:p/dev/faq"
    fields = {"domainId": "dom_help", "linkTitle": "Secret title", "linkProviderReference": f"{mark}#0123abcd"}
    link = userplane.add_link(createdAt="2026-01-05T08:00:00.000Z", **fields)
    inputs = {"workspace_id": userplane.workspace_id, "domain_id": "dom_help", "mark": mark}
    creation = states.resource("faq", inputs=inputs)
    held = () if with_file else ({**creation, "id": "lnk_other"},)
    project.cli.say(export_1=states.export(*held, pending=(creation,)), config="{}")
    script = project.cli.folder / "bin" / "pulumi"
    script.write_text(script.read_text("utf-8").replace("*) echo", "config) echo '{}'; exit ;;\n*) echo"), "utf-8")
    (project.folder / "other.yaml").write_text("config: {}\n", "utf-8")
    monkeypatch.setenv("PULUMI_OPTION_CONFIG_FILE", "other.yaml")
    platform = pushed()

    assert apply(project, platform) == 3

    assert "up" not in [call[0] for call in project.cli.calls]
    assert "an interrupted run created links that the state lacks" in platform.lines[0][1]
    assert "### `up` stopped: links of an interrupted run" in project.read("comment.md")
    assert link["linkURL"] in platform.summary
    if with_file:
        left = project.out / "left.json"
        assert f"pulumi import --file {left} " in platform.summary
        assert json.loads(left.read_text("utf-8"))["resources"][0]["id"] == link["linkId"]
    assert "Secret title" not in platform.summary


def test_update_stops_when_the_workspace_cannot_be_read(project: Project, userplane: Emulator) -> None:
    mark = "pulumi:p/dev/faq"
    creation = states.resource("faq", inputs={"workspace_id": "ws_gone", "domain_id": "dom_help", "mark": mark})
    project.cli.say(export_1=states.export(pending=(creation,)))
    script = project.cli.folder / "bin" / "pulumi"
    script.write_text(script.read_text("utf-8").replace("*) echo", "config) echo '{}'; exit ;;\n*) echo"), "utf-8")
    platform = pushed()
    assert apply(project, platform) == 1
    assert project.written == {"comment.md", "summary.md", "report.json"}
    assert platform.outputs == {"outcome": "failed", "severity": "change"}
    assert project.read("comment.md").startswith(
        "### `up` failed before it changed anything\n\nNobody knows whether an interrupted run left links"
    )


def test_report_says_that_the_approval_could_not_be_read(project: Project) -> None:
    record(project, "02-new-addresses")
    platform = pushed()
    platform.fail("find_merged", f"looking for pull requests failed: 403 {KEY} `<b>`")
    with pytest.raises(PlatformError):
        apply(project, platform)
    comment = project.read("comment.md")
    assert comment.startswith("### `up` failed before it changed anything\n\n")
    [shown] = [text.text for text in RenderedComment(comment).texts if "403" in text.text]
    assert shown == "looking for pull requests failed: 403 uspl_*** `<b>`"
    assert platform.outputs["outcome"] == "failed"


def test_report_says_that_the_state_after_the_update_cannot_be_read(project: Project) -> None:
    record(project, "02-new-addresses")
    project.cli.say(export_2__code="255", export_2__err="error: no backend\n")
    platform = pushed()
    assert apply(project, platform) == 1
    assert project.cli.applied == REVIEWED
    comment = project.read("comment.md")
    assert comment.startswith("### `up` ran; nobody knows which addresses changed\n\n")
    assert "no backend" in comment
    assert comment.endswith("<!-- pulumi-userplane result p/dev -->\n")
    assert platform.lines[-1][1].startswith("nobody knows which links of dev `pulumi up` changed: ")


def test_empty_stack_is_applied(project: Project) -> None:
    record(project, "02-new-addresses")
    project.cli.say(export_1='{"version": 3, "deployment": null}')
    assert project.run("up").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_canceled_update_ends_by_itself_and_is_reported(number: signal.Signals, project: Project) -> None:
    record(project, "04-half-failed")
    project.cli.say(up_1__wait="")
    command = ["up", "--stack", "dev", "--out", project.out, "--platform", "none"]
    with subprocess.Popen(
        [sys.executable, "-c", "from pulumi_userplane.cli import main; main()", "ci", *map(str, command)],
        cwd=project.folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "started\n":
                break
        process.send_signal(number)
        rest = process.stdout.read()
    assert process.returncode == 1
    assert re.search("^canceled$", rest, re.MULTILINE)
    assert json.loads(project.read("report.json"))["stacks"][0]["outcome"] == "failed"
