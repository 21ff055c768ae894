"""`ci preview` stops what nobody has approved, and leaves a report that holds no key."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.ci.addresses import make_digests
from pulumi_userplane.cli.ci.approval import APPROVAL_LABEL
from pulumi_userplane.cli.ci.platform import PullRequest
from pulumi_userplane.cli.ci.preview import preview_stacks
from tests.support.ci_platform import PULL, MemoryPlatform
from tests.support.previews import step, text
from tests.support.states import planned, state

if TYPE_CHECKING:
    from tests.unit.cli.ci.conftest import Project

FAILED = Path(__file__).parents[1] / "review" / "failed"
POLICY = {"preview": "policy.json", "preview_text": "policy.txt"}
NOTHING = text()
CHANGES = text(step("update", state("a", link_title="A"), planned("a", link_title="B")))
DELETES = text(step("delete", state("a", link_title="A")))
KEY = "uspl_canary_0f5c"
ADDRESS = state("a")["outputs"]["link_url"]
[DIGEST] = make_digests([ADDRESS])
SHOWN = f"<!-- pulumi-userplane state p/dev c1 address dies {DIGEST} -->\n<!-- pulumi-userplane review p/dev -->"
TOKENS = {"GITHUB_ACTIONS": "true", "GITHUB_TOKEN": "t", "GITLAB_CI": "true", "GITLAB_TOKEN": "t", "CI_JOB_TOKEN": "t"}


def preview(project: Project, platform: MemoryPlatform, *stacks: str, links_may_die: bool = False) -> int:
    return preview_stacks(platform, stacks or ["dev"], project.folder, project.out, links_may_die=links_may_die)


def test_report_says_what_would_change(project: Project) -> None:
    project.cli.say(preview=CHANGES, plan='{"plan": 1}')
    ended = project.run("preview")

    assert ended.code == 0, ended.errors
    assert project.written == {"comment.md", "summary.md", "report.json", "plans/dev.json"}
    assert project.read("plans/dev.json") == '{"plan": 1}'
    assert project.read("comment.md").endswith("<!-- pulumi-userplane review p/dev -->\n")
    assert "<!-- pulumi-userplane" not in project.read("summary.md")
    assert json.loads(project.read("report.json")) == {
        "version": 1,
        "kind": "preview",
        "stacks": [{"project": "p", "stack": "dev", "outcome": "fine", "severity": "change", "dying": []}],
    }
    [call] = project.cli.calls
    assert call[:3] == ["preview", "--stack", "dev"]
    assert {"--refresh", "--show-replacement-steps", "--json", "--non-interactive"} < {*call}


def test_address_dies_only_when_that_is_allowed(project: Project) -> None:
    project.cli.say(preview=DELETES)
    stopped = project.run("preview")
    assert stopped.code == 3
    assert "error: Stopped: p/dev: 1 address stops working, and nobody has approved that" in stopped.errors
    comment = project.read("comment.md")
    assert (
        "\n> **Stopped:** 1 address stops working, and nobody has approved that. Whoever agrees runs this again with "
        "`--links-may-die`.\n"
    ) in comment
    assert comment.count("--links-may-die") == 1
    assert "max-deleted" not in comment
    assert "plans/dev.json" in project.written

    assert project.run("preview", "--links-may-die").code == 0
    assert "**Stopped:**" not in project.read("comment.md")

    (project.folder / "pyproject.toml").write_text("[tool.pulumi-userplane.review]\nmax-deleted = 0\n", "utf-8")
    assert project.run("preview", "--links-may-die").code == 3
    comment = project.read("comment.md")
    assert "\n> **Stopped:** 1 link would be deleted. `max-deleted` in pyproject.toml allows 0.\n" in comment
    assert "have the loss approved and raise `max-deleted` in pyproject.toml." in comment
    assert "nobody has approved" not in comment
    assert "--max" not in comment
    assert project.run("preview").code == 3
    assert project.read("comment.md").count("> **Stopped:**") == 2


def test_no_request_is_sent_whatever_tokens_there_are(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for name, token in TOKENS.items():
        monkeypatch.setenv(name, token)
    project.cli.say(preview=DELETES)
    assert project.run("preview").code == 3


def test_keys_are_masked_everywhere(project: Project) -> None:
    words = f"see {KEY} here"
    changed = step("update", state("a", link_title="A"), planned("a", link_title=words, link_description=f"|{KEY}|"))
    project.cli.say(preview=text(changed), plan=f'{{"title": "{words}"}}', preview__err=f"warning: {KEY}\n::error::x\n")
    ended = project.run("preview")

    assert ended.code == 0
    assert KEY not in ended.out + ended.errors
    assert "uspl_***" in ended.out
    assert "\n::error" not in ended.out
    assert project.written == {"comment.md", "summary.md", "report.json"}
    assert all(KEY not in project.read(name) for name in project.written)
    assert "the plan of dev is not kept, since it holds an API key in plaintext" in ended.errors


def test_failed_preview_fails(project: Project) -> None:
    failed = text(diagnostics=[{"severity": "error", "message": f"no such domain {KEY}"}])
    project.cli.say(preview=failed, preview__code="255")
    ended = project.run("preview")
    assert ended.code == 1
    assert "what is wrong: no such domain uspl_***\n" in ended.out
    assert ended.errors == "error: p/dev: The preview failed: 1 problem; see what is printed above\n"
    assert project.written == {"comment.md", "summary.md", "report.json"}
    assert project.read("comment.md").startswith("### The preview failed: 1 problem\n")
    assert json.loads(project.read("report.json"))["stacks"] == [
        {"project": "p", "stack": "dev", "outcome": "failed", "severity": "change", "dying": []}
    ]
    assert all(KEY not in text for text in (ended.out, *map(project.read, project.written)))


def test_preview_that_a_policy_stops_says_which(project: Project) -> None:
    said = {name: (FAILED / file).read_text("utf-8") for name, file in POLICY.items()}
    project.cli.say(**said, preview__code="255", preview_text__code="255")
    ended = project.run("preview")

    assert ended.code == 1
    assert "what is wrong: The link 'a' is on a domain that is not allowed" in ended.out
    assert project.read("comment.md") == (FAILED / "policy.txt.md").read_text("utf-8")
    assert ["--json" in call for call in project.cli.calls] == [True, False]


def test_preview_is_not_run_again_when_its_json_says_why_it_failed(project: Project) -> None:
    failed = text(
        diagnostics=[{"severity": "error", "message": message} for message in ("no domain", "preview failed")]
    )
    project.cli.say(preview=failed, preview__code="255")
    assert project.run("preview").code == 1
    assert len(project.cli.calls) == 1


def test_preview_fails_when_the_cli_prints_nothing_or_only_an_error(project: Project) -> None:
    for printed, what in (({}, "the preview printed nothing"), ({"preview__err": "error: x y\n"}, "`x y`")):
        project.cli.say(preview="", preview__code="1", **printed)
        assert project.run("preview").code == 1
        assert f"| the whole stack | {what} |" in project.read("comment.md")


def test_missing_cli_is_said_in_one_line(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(project.folder))
    ended = project.run("preview")
    assert ended.code == 1
    assert ended.errors == (
        "`pulumi preview` can't run: there is no pulumi on PATH; put the folder of the Pulumi CLI on PATH\n"
    )


def test_folder_that_cannot_be_made_is_said_in_one_line(project: Project) -> None:
    project.out = project.folder / "Pulumi.yaml" / "report"
    ended = project.run("preview")
    assert ended.code == 1
    assert "can't be written: Not a directory" in ended.errors


def test_stack_is_named_once(project: Project) -> None:
    with pytest.raises(ConfigurationError, match="--stack names a stack twice"):
        preview(project, MemoryPlatform(), "dev", "acme/p/dev")


def test_program_gets_neither_token_of_ci_nor_streaming_json(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERPLANE_CI_TOKEN", "ghs_0123")
    monkeypatch.setenv("PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "true")
    monkeypatch.setenv("PULUMI_OPTION_CWD", "infra")
    monkeypatch.setenv("PULUMI_OPTION_STACK", "other")
    monkeypatch.setenv("PULUMI_OPTION_POLICY_PACK", "rules")
    project.cli.say(preview=NOTHING)
    script = project.cli.folder / "bin" / "pulumi"
    script.write_text(script.read_text("utf-8").replace("case $1", "env > $RECORDED/environ; case $1"), "utf-8")
    assert project.run("preview").code == 0
    environ = (project.cli.folder / "environ").read_text("utf-8")
    assert "STREAMING" not in environ
    assert "PULUMI_OPTION_CWD" not in environ
    assert "PULUMI_OPTION_STACK" not in environ
    assert "PULUMI_OPTION_POLICY_PACK=rules" in environ
    assert "ghs_0123" not in environ


def test_label_counts_when_the_comment_showed_this_commit(project: Project) -> None:
    project.cli.say(preview=DELETES)
    platform = MemoryPlatform()
    assert preview(project, platform) == 3
    assert "sets the label `links-may-die` on this pull request" in project.read("comment.md")
    assert platform.outputs == {"outcome": "stopped", "severity": "address dies"}
    assert json.loads(project.read("report.json"))["stacks"][0]["dying"] == [ADDRESS]
    assert platform.summary == project.read("summary.md")

    platform.labels[PULL.number] = {APPROVAL_LABEL}
    assert preview(project, platform) == 3
    assert "no comment of ours was found: if one stands on the pull request, check `author`" in platform.lines[-2][1]

    ours = platform.say(SHOWN.replace(DIGEST, "0" * 32))
    assert preview(project, platform) == 3
    assert "did not list these addresses when the label links-may-die was set" in platform.lines[-2][1]
    platform.delete_comment(PULL, ours)

    platform.say(SHOWN)
    assert preview(project, platform) == 0
    assert platform.outputs["outcome"] == "fine"
    assert not {"create_comment", "update_comment", "add_label", "remove_label"}.intersection(platform.requests)


def test_label_lifts_no_limit_of_the_repository(project: Project) -> None:
    project.cli.say(preview=DELETES)
    (project.folder / "pyproject.toml").write_text("[tool.pulumi-userplane.review]\nmax-deleted = 0\n", "utf-8")
    platform = MemoryPlatform(labels={PULL.number: {APPROVAL_LABEL}})
    platform.say(SHOWN)
    assert preview(project, platform) == 3
    [(level, line)] = platform.lines
    assert (level, line.partition(":")[0]) == ("error", "Stopped")


def test_label_of_another_commit_or_stack_does_not_count(project: Project) -> None:
    project.cli.say(preview=DELETES)
    for shown in (
        SHOWN.replace(f" {DIGEST}", ""),
        SHOWN.replace(DIGEST, "0" * 32),
        SHOWN.replace("c1", "c0"),
        SHOWN.replace("/dev", "/prod"),
        SHOWN.replace("address dies", "change"),
    ):
        platform = MemoryPlatform(labels={PULL.number: {APPROVAL_LABEL}})
        platform.say(shown)
        assert preview(project, platform) == 3


@pytest.mark.parametrize("address", [None, "[secret]", "https://a/b c"])
def test_label_lets_no_address_die_that_no_comment_can_list(address: str | None, project: Project) -> None:
    odd = state("a", link_title="A", outputs={"link_url": address})
    project.cli.say(preview=text(step("delete", odd), step("delete", state("b"))))
    platform = MemoryPlatform(labels={PULL.number: {APPROVAL_LABEL}})
    platform.say(SHOWN)
    assert preview(project, platform) == 3
    assert json.loads(project.read("report.json"))["stacks"][0]["dying"] == []
    assert "lets no address die here, since they can't all be listed in a comment" in platform.lines[0][1]
    comment = project.read("comment.md")
    assert (
        "The label `links-may-die` does not help here: there are too many addresses to list, or one can't be" in comment
    )
    assert "Whoever agrees" not in comment


def test_label_lets_no_address_die_of_a_stack_for_which_the_list_has_no_room(project: Project) -> None:
    project.cli.say(preview=text(*(step("delete", state(f"l{number}")) for number in range(150))))
    platform = MemoryPlatform(labels={PULL.number: {APPROVAL_LABEL}})
    platform.say(SHOWN)
    assert preview(project, platform, "dev", "prod") == 3
    assert [len(stack["dying"]) for stack in json.loads(project.read("report.json"))["stacks"]] == [150, 0]
    assert "lets no address die here, since they can't all be listed in a comment" in platform.lines[0][1]
    comment = project.read("comment.md")
    assert comment.count("does not help here") == comment.count("Whoever agrees") == 1


def test_report_has_room_for_fifty_stacks(project: Project) -> None:
    with pytest.raises(ConfigurationError, match="--stack names 51 stacks, and a report has room for 50"):
        preview(project, MemoryPlatform(), *(f"s{number}" for number in range(51)))
    assert project.cli.calls == []


def test_label_lets_die_only_what_the_comment_listed(project: Project) -> None:
    project.cli.say(preview=text(step("delete", state("a")), step("delete", state("b"))))
    platform = MemoryPlatform(labels={PULL.number: {APPROVAL_LABEL}})
    platform.say(SHOWN)
    assert preview(project, platform) == 3
    assert len(json.loads(project.read("report.json"))["stacks"][0]["dying"]) == 2


def test_nothing_is_approved_when_the_platform_does_not_tell(project: Project) -> None:
    project.cli.say(preview=DELETES)
    platform = MemoryPlatform(labels={PULL.number: {APPROVAL_LABEL}})
    platform.say(SHOWN)
    platform.fail("read_labels", "reading the labels failed: 403")
    assert preview(project, platform) == 3
    assert platform.lines[0] == ("warning", "reading the labels failed: 403; without the approval, no address may die")


def test_fork_is_refused(project: Project) -> None:
    platform = MemoryPlatform(pull=PullRequest(7, "c1", is_fork=True))
    assert preview(project, platform) == 1
    assert platform.lines == [
        ("error", "a fork gets no secrets; push the branch to this repository to have it previewed")
    ]
    assert project.cli.calls == []


def test_push_without_pull_request_is_previewed_without_approval(project: Project) -> None:
    project.cli.say(preview=DELETES)
    platform = MemoryPlatform(pull=None)
    assert preview(project, platform) == 3
    assert platform.requests == []


def test_drift_is_checked_where_nothing_can_drift(project: Project) -> None:
    project.cli.say(preview=text(step("create", None, planned("a", link_title="A"))))
    assert project.run("preview").code == 0
    assert "drift" not in project.read("comment.md") + project.read("summary.md")
