"""The workflows of the example for pull requests, step by step with the real CLI: what they show, stop and send.

Where a workflow only decides what to do with a preview, the CLI says again what it output of the README's change.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from scripts.code_blocks import list_commands
from tests.engine.repository import APP, APPROVAL, HELP, Repository
from tests.engine.workflow import Event
from tests.support import states
from tests.support.github_server import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator

PROJECT = {"project": "userplane-pull-request-review", "stack": "prod"}
MARKER = "<!-- pulumi-userplane review userplane-pull-request-review/prod -->"
RESULT = "<!-- pulumi-userplane result userplane-pull-request-review/prod -->"
APPLIED = "nobody recorded pulumi up"
"""What the recording prints instead of the CLI when something would be applied."""

TITLE, NEW_TITLE, REFUNDS = "Help with checkout", "Help with paying", "Show us the refund"


@dataclass(frozen=True)
class Readme:
    """What the commands of the README did.

    Attributes:
        output: What they printed.
        sent: What they changed at Userplane.
        kept: The repository afterwards, with the program as it was: the example's two links are made.
        recorded: What the CLI printed of a change that kills both addresses, and its plan.
    """

    output: str
    sent: list[str]
    kept: Path
    recorded: Path


@pytest.fixture(scope="module")
def readme(tmp_path_factory: pytest.TempPathFactory, one_userplane: Emulator) -> Readme:
    one_userplane.reset()
    folder = tmp_path_factory.mktemp("readme")
    repository = Repository(folder / "made", one_userplane)
    [block] = list_commands("examples/pull-request-review/README.md")
    (recorded := folder / "recorded").mkdir()
    (temp := repository.root / "temp").mkdir()
    with repository.recorded(recorded):
        output = repository.shell(block, TMPDIR=str(temp))
    sent = [method for method, _ in repository.sent()]
    (repository.folder / "__main__.py.old").rename(repository.folder / "__main__.py")
    repository.stop()
    return Readme(output, sent, repository.keep(folder / "kept"), recorded)


@pytest.fixture
def repository(readme: Readme, tmp_path: Path, one_userplane: Emulator) -> Iterator[Repository]:
    """Yields the example with its two links created."""
    one_userplane.reset()
    repository = Repository(tmp_path / "repository", one_userplane, readme.kept)
    assert sorted(repository.live()) == [TITLE, REFUNDS]
    yield repository
    repository.stop()


@dataclass(frozen=True)
class Previewed:
    """The preview of a pull request whose program also prints what looks like a command for the runner."""

    code: int
    comments: list[str]
    labels: set[str]
    sent: list[tuple[str, Any]]
    kept: Path


@pytest.fixture(scope="module")
def previewed(readme: Readme, tmp_path_factory: pytest.TempPathFactory, one_userplane: Emulator) -> Previewed:
    one_userplane.reset()
    folder = tmp_path_factory.mktemp("previewed")
    repository = Repository(folder / "made", one_userplane, readme.kept)
    repository.github.add("comments", on=repository.pull, body=MARKER, user={"login": "mallory"})
    repository.edit(f'"{TITLE}"', f'"{NEW_TITLE}"')
    repository.edit("import pulumi\n", "import pulumi\n\nprint('::notice::from outside')\n")
    done = repository.preview("c1")
    repository.stop()
    kept = repository.keep(folder / "kept")
    return Previewed(done.code, repository.comments(), repository.labels(), repository.sent(), kept)


@pytest.fixture
def pull_request(previewed: Previewed, tmp_path: Path, one_userplane: Emulator) -> Iterator[Repository]:
    """Yields the pull request after its preview."""
    one_userplane.reset()
    repository = Repository(tmp_path / "repository", one_userplane, previewed.kept)
    yield repository
    repository.stop()


def test_readme_commands_show_addresses_and_comment_without_github(readme: Readme) -> None:
    assert "3 created" in readme.output
    assert readme.output.count("https://help.acme.example/") >= 2
    assert "2 addresses stop working" in readme.output
    # `ci up` made the two links; `ci preview` changed nothing.
    assert sorted(readme.sent) == ["POST", "POST", "PUT", "PUT"]


def test_pull_request_gets_comment_and_label_when_it_changes_links(previewed: Previewed) -> None:
    assert previewed.code == 0
    foreign, comment = previewed.comments
    assert foreign == MARKER
    assert NEW_TITLE in comment
    assert "Of commit c1 " in comment
    assert previewed.labels == {"links: change"}
    assert previewed.sent == []


def test_deployment_applies_approved_plan_when_earlier_update_failed_half_way(pull_request: Repository) -> None:
    pull_request.userplane.fault(method="PUT", path="/links/", answer="status", status=400, code="NO")

    failed = pull_request.merge("c1")

    assert failed.code == 1
    assert "400 NO" in failed.log
    assert "a new plan was made" not in failed.log
    assert [method for method, _ in pull_request.sent()] == ["PUT"]
    *previews, result = pull_request.comments()
    assert RESULT in result
    assert "400 NO" in result

    done = pull_request.push("mergec1")

    assert done.code == 0, done.log
    assert "a new plan was made" not in done.log
    assert pull_request.sent() == [("PUT", {"linkTitle": NEW_TITLE})]
    # The same comment, rewritten.
    *unchanged, result = pull_request.comments()
    assert unchanged == previews
    assert NEW_TITLE in result
    assert "400 NO" not in result
    # What the program printed gave the runner no commands.
    obeyed = re.sub(r"^::stop-commands::(\w{32})$.*?^::\1::$", "", done.log, flags=re.MULTILINE | re.DOTALL)
    assert "notice::from outside" in done.log
    assert "notice::" not in obeyed


def test_deployment_plans_again_when_plan_no_longer_fits(
    pull_request: Repository, readme: Readme, tmp_path: Path
) -> None:
    # Meanwhile another pull request was merged and not applied.
    pull_request.edit(f'"{REFUNDS}"', '"Show the refund"')
    done = pull_request.merge("c1")

    assert done.code == 0, done.log
    assert "a new plan was made" in done.log
    titles = [body["linkTitle"] for _, body in pull_request.sent()]
    assert sorted(titles) == [NEW_TITLE, "Show the refund"]

    # The same refusal, and a new plan by which addresses die.
    refusal = re.findall(r"^::stop-commands::\w+\n(Previewing update.*?)^::\w+::$", done.log, re.MULTILINE | re.DOTALL)[
        0
    ]
    shutil.copytree(readme.recorded, recorded := tmp_path / "recorded")
    (recorded / "up.txt").write_text(refusal, "utf-8")
    with pull_request.replayed(recorded):
        assert pull_request.preview("c2").code == 3
        pull_request.approve()
        assert pull_request.preview("c2").code == 0
        stopped = pull_request.merge("c2")

    assert stopped.code == 3, stopped.log
    assert "a new plan was made" in stopped.log
    assert pull_request.sent() == []


def test_check_stops_when_address_dies_until_reviewer_sets_label(repository: Repository, readme: Readme) -> None:
    old = repository.live()[TITLE]
    repository.edit(HELP, APP)

    with repository.replayed(readme.recorded):
        assert repository.preview("c1").code == 3
        [comment] = repository.comments()
        assert old in comment
        assert "**Stopped:**" in comment
        assert repository.labels() == {"links: address dies"}
        merged = repository.merge("c1")
        assert merged.code == 3
        assert APPLIED not in merged.log

        repository.approve()
        assert repository.preview("c1").code == 0
    comment, stopped = repository.comments()
    assert old in comment
    assert "**Stopped:**" not in comment
    assert RESULT in stopped
    assert repository.labels() == {APPROVAL, "links: address dies"}
    merged = repository.merge("c1")
    assert merged.code == 0, merged.log
    assert "a new plan was made" not in merged.log
    assert sorted(method for method, _ in repository.sent()) == ["DELETE", "DELETE", "POST", "POST", "PUT", "PUT"]
    new = repository.live()
    assert {address.split("/")[2] for address in new.values()} == {"app.acme.example"}
    # What a support team copies.
    preview, result = repository.comments()
    assert preview == comment
    for link in (old, *new.values()):
        assert link in result
    links = repository.github.download("links-report", merged.run_id)["links.csv"].decode()
    assert all(address in links for address in new.values())


def test_failed_preview_is_commented_and_leaves_no_plan(repository: Repository) -> None:
    repository.edit("link_reusable=True", 'link_reusable=True, link_provider_type="zendsk"')

    done = repository.preview("c1")

    assert done.code == 1
    [comment] = repository.comments()
    assert "zendesk" in comment
    assert "Of commit c1 " in comment
    assert repository.labels() == {"links: change"}
    assert [artifact["name"] for artifact in repository.github.read()["artifacts"]] == ["links-report"]
    assert repository.preview("c2", fork=True).code == 1
    assert repository.comments() == [comment]
    assert repository.sent() == []


def test_old_comment_does_not_stay_when_nothing_was_previewed(repository: Repository, readme: Readme) -> None:
    with repository.replayed(readme.recorded):
        assert repository.preview("c1").code == 3
        (repository.folder / "pyproject.toml").write_text("[tool.pulumi-userplane.review]\nmax = 1\n", "utf-8")

        assert repository.preview("c2").code == 1

    [comment] = repository.comments()
    assert comment.startswith("### Nobody knows what would change\n")
    assert "Of commit c2 " in comment
    assert repository.labels() == {"links: change"}


def test_old_comment_does_not_stay_when_report_is_lost(repository: Repository, readme: Readme) -> None:
    with repository.replayed(readme.recorded):
        assert repository.preview("c1").code == 3
    head = {"sha": "c2", "repo": {"full_name": REPOSITORY}}
    repository.github.change("pulls", repository.pull, head=head)
    pull = {"number": repository.pull, "state": "open", "head": head}
    event = Event("pull_request", "try-c2", payload={"pull_request": pull})

    lost = repository.job("preview", "comment", event, 1, preview={"outcome": "stopped"})

    assert lost.code == 1
    [comment] = repository.comments()
    assert comment.startswith("### Nobody knows what would change\n")


def test_comment_is_rewritten_when_branch_is_pushed(repository: Repository, readme: Readme, tmp_path: Path) -> None:
    repository.github.add("comments", on=repository.pull, body=MARKER, user={"login": "mallory"})
    shutil.copytree(readme.recorded, recorded := tmp_path / "recorded")

    for commit in ("c1", "c2"):
        with repository.replayed(recorded):
            assert repository.preview(commit).code == 3
        preview = recorded / "preview.json"
        preview.write_text(preview.read_text("utf-8").replace(TITLE, NEW_TITLE), "utf-8")

    foreign, ours = repository.comments()
    assert foreign == MARKER
    assert NEW_TITLE in ours
    assert TITLE not in ours
    assert "Of commit c2 " in ours


def test_label_is_removed_when_branch_is_pushed(repository: Repository, readme: Readme) -> None:
    with repository.replayed(readme.recorded):
        assert repository.preview("c1").code == 3
        repository.approve("docs")
        assert repository.preview("c2").code == 3
        assert repository.labels() == {"docs", "links: address dies"}
        merged = repository.merge("c2")
        assert merged.code == 3
        assert APPLIED not in merged.log
        # A label from before the comment counts no more.
        repository.approve()
        repository.github.write({**repository.github.read(), "comments": []})
        assert repository.preview("c3").code == 3
        assert APPROVAL not in repository.labels()


def test_missing_label_is_a_line_in_the_log(repository: Repository, readme: Readme) -> None:
    repository.github.write({**repository.github.read(), "labels": []})
    with repository.replayed(readme.recorded):
        assert repository.preview("c1").code == 3
    assert len(repository.comments()) == 1
    assert "::warning::setting the label" in repository.printed[-1]
    assert repository.labels() == set()


def test_label_lifts_no_limit_of_repository(repository: Repository, readme: Readme) -> None:
    table = "[tool.pulumi-userplane.review]\nmax-replaced = {}\n"
    with repository.replayed(readme.recorded):
        (repository.folder / "pyproject.toml").write_text(table.format(1), "utf-8")

        assert repository.preview("c1").code == 3
        repository.approve()
        assert repository.preview("c1").code == 3
        [comment] = repository.comments()
        assert "`max-replaced` in pyproject.toml allows 1" in comment
        merged = repository.merge("c1")
        assert merged.code == 3
        assert APPLIED not in merged.log

        (repository.folder / "pyproject.toml").write_text(table.format(2), "utf-8")
        assert repository.preview("c1").code == 0


def test_label_counts_only_when_reviewer_saw_plan(repository: Repository, readme: Readme) -> None:
    with repository.replayed(readme.recorded):
        assert repository.preview("c1").code == 3
        repository.approve()
        store = repository.github.read()
        [plan] = [artifact for artifact in store["artifacts"] if artifact["name"] == "plan-c1"]
        merged = repository.merge("c1")
        assert f"{APPLIED} --stack prod" in merged.log
        [given] = re.findall(r"--plan (\S+)", merged.log)
        assert given.endswith("/prod.json")

        foreign = {**plan["workflow_run"], "head_repository_id": 2}
        for spoilt in ({"expired": True}, {"workflow_run": foreign}, {"workflow_run": None}):
            kept = [artifact for artifact in store["artifacts"] if artifact != plan]
            repository.github.write({**repository.github.read(), "artifacts": [*kept, {**plan, **spoilt}]})
            done = repository.push("mergec1")
            assert done.code == 3
            assert "the plan that the reviewers saw is not there any more" in done.log
            assert APPLIED not in done.log
        repository.github.push("pushed")
        pushed = repository.push("pushed")
    assert "no pull request was merged" in pushed.log
    assert pushed.code == 3


def test_manual_deployment_lets_addresses_die_when_box_is_ticked(repository: Repository, readme: Readme) -> None:
    with repository.replayed(readme.recorded):
        stopped = repository.run_up(links_may_die=False)
        begun = repository.run_up(links_may_die=True)

    assert stopped.code == 3
    # It goes on, to apply the plan that it has just made.
    assert begun.log.count(f"{APPLIED} ") == 1
    assert re.search(r"--plan \S+/own-plan\.json", begun.log)


def test_deployment_stops_when_interrupted_run_created_links(
    repository: Repository, readme: Readme, tmp_path: Path
) -> None:
    mark = "pulumi:userplane-pull-request-review/prod/faq"
    reference = f"{mark}#0123abcd"
    fields = {"domainId": "dom_help", "linkTitle": "Secret title", "linkProviderReference": reference}
    link = repository.userplane.add_link(createdAt="2026-01-05T08:00:00.000Z", **fields)
    inputs = {"workspace_id": repository.userplane.workspace_id, "domain_id": "dom_help", "mark": mark}
    creation = {**states.resource("faq", inputs=inputs), "urn": states.urn("faq", **PROJECT)}
    held = {**creation, "id": link["linkId"]}
    shutil.copytree(readme.recorded, recorded := tmp_path / "recorded")

    (recorded / "state.json").write_text(states.export(pending=(creation,)), "utf-8")
    with repository.replayed(recorded):
        stopped = repository.run_up(links_may_die=True)
    (recorded / "state.json").write_text(states.export(held, pending=(creation,)), "utf-8")
    with repository.replayed(recorded):
        begun = repository.run_up(links_may_die=True)

    assert stopped.code == 3
    assert APPLIED not in stopped.log
    assert "::error::an interrupted run created links that the state lacks" in stopped.log
    summary = (stopped.temp / "summary.md").read_text("utf-8")
    assert link["linkURL"] in summary
    assert "left.json --generate-code=false --protect=false --stack prod" in summary
    assert "Secret title" not in stopped.log
    left = repository.github.download("links-report", stopped.run_id)["left.json"]
    [entry] = json.loads(left)["resources"]
    assert entry["id"] == link["linkId"]
    # Pulumi keeps the entry after the import.
    assert APPLIED in begun.log
    assert repository.sent() == []


def test_deployment_goes_on_when_it_resumes_what_was_interrupted(
    repository: Repository, readme: Readme, tmp_path: Path
) -> None:
    mark = "pulumi:userplane-pull-request-review/prod/faq"
    link = repository.userplane.add_link(domainId="dom_help", linkProviderReference=f"{mark}#0123abcd")
    inputs = {"workspace_id": repository.userplane.workspace_id, "domain_id": "dom_help", "mark": mark}
    faq = states.urn("faq", **PROJECT)
    shutil.copytree(readme.recorded, recorded := tmp_path / "recorded")
    (recorded / "state.json").write_text(
        states.export(pending=({**states.resource("faq", inputs=inputs), "urn": faq},)), "utf-8"
    )

    with repository.replayed(recorded):
        begun = repository.run_up(links_may_die=True)

    assert f"`pulumi up` resumes it:\n  faq: {link['linkId']}, created " in begun.log
    assert APPLIED in begun.log


def test_drift_workflow_opens_one_issue_and_closes_it_when_drift_is_repaired(
    repository: Repository, readme: Readme, tmp_path: Path
) -> None:
    [edited] = [link["linkId"] for link in repository.userplane.links if link["linkTitle"] == TITLE]
    repository.userplane.edit_link(edited, linkTitle="Written outside")
    (recorded := tmp_path / "recorded").mkdir()
    with repository.recorded(recorded):
        assert repository.drift().code == 0
    [issue] = repository.github.read()["issues"]
    assert "Written outside" in issue["body"]
    assert (issue["state"], issue["title"]) == ("open", "Recording links of prod were changed outside Pulumi")

    refresh = recorded / "refresh.json"
    refresh.write_text(refresh.read_text("utf-8").replace("Written outside", "Written again"), "utf-8")
    with repository.replayed(recorded):
        assert repository.drift().outputs == {"outcome": "drifted"}
    [issue] = repository.github.read()["issues"]
    assert issue["state"] == "open"
    assert "Written again" in issue["body"]

    repository.key = "uspl_revoked"
    failed = repository.drift()
    assert failed.code == 1
    assert "API_KEY_INVALID" in failed.log
    assert repository.github.read()["issues"] == [issue]

    repository.key = repository.userplane.api_key
    repository.userplane.edit_link(edited, linkTitle=TITLE)
    with repository.recorded(recorded):
        assert repository.drift().outputs == {"outcome": "clean"}
    [issue] = repository.github.read()["issues"]
    assert issue["state"] == "closed"
    [comment] = repository.comments(on=issue["number"])
    assert "as declared again" in comment
    # Without drift and without an issue there is nothing to do.
    with repository.replayed(recorded):
        assert repository.drift().code == 0
    assert repository.github.read()["issues"] == [issue]
    assert repository.comments(on=issue["number"]) == [comment]


def test_only_main_is_deployed_and_watched(repository: Repository) -> None:
    assert repository.drift(ref="refs/heads/other").skipped
    assert repository.run_up(links_may_die=True, ref="refs/heads/other").skipped
