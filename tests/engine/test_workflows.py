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

from tests.engine.repository import APP, EXAMPLE, HELP, LABELS, PULL, Repository
from tests.support import states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator

MARKER = "<!-- pulumi-userplane review userplane-pull-request-review/prod -->"
APPLIED = "nobody recorded pulumi up"
"""What the recording prints instead of the CLI when something would be applied."""

TITLE, NEW_TITLE = "Help with checkout", "Help with paying"


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
    [block] = re.findall(r"^```sh\n(.+?)^```", (EXAMPLE / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    temp = repository.root / "temp"
    temp.mkdir()
    output = repository.shell(block, TMPDIR=str(temp))
    sent = [method for method, _ in repository.sent()]
    (repository.folder / "__main__.py.old").rename(repository.folder / "__main__.py")
    [preview] = temp.glob("*/preview.json")
    repository.check_key()
    return Readme(output, sent, repository.keep(folder / "kept"), preview.parent)


@pytest.fixture
def repository(readme: Readme, tmp_path: Path, one_userplane: Emulator) -> Iterator[Repository]:
    """Returns the example with its two links created."""
    one_userplane.reset()
    repository = Repository(tmp_path / "repository", one_userplane, readme.kept)
    assert sorted(repository.live()) == [TITLE, "Show us the refund"]
    yield repository
    repository.check_key()


@dataclass(frozen=True)
class Previewed:
    """Returns the preview of a pull request whose program also prints what looks like a command for the runner."""

    code: int
    comments: list[str]
    sent: list[tuple[str, Any]]
    kept: Path


@pytest.fixture(scope="module")
def previewed(readme: Readme, tmp_path_factory: pytest.TempPathFactory, one_userplane: Emulator) -> Previewed:
    one_userplane.reset()
    folder = tmp_path_factory.mktemp("previewed")
    repository = Repository(folder / "made", one_userplane, readme.kept)
    repository.github.add("comments", on=PULL, body=MARKER, user={"login": "mallory"})
    repository.edit(f'"{TITLE}"', f'"{NEW_TITLE}"')
    repository.edit("import pulumi\n", "import pulumi\n\nprint('::notice::from outside')\n")
    done = repository.preview("c1")
    repository.check_key()
    return Previewed(done.code, repository.comments(), repository.sent(), repository.keep(folder / "kept"))


@pytest.fixture
def pull_request(previewed: Previewed, tmp_path: Path, one_userplane: Emulator) -> Iterator[Repository]:
    """Yields the pull request after its preview."""
    one_userplane.reset()
    repository = Repository(tmp_path / "repository", one_userplane, previewed.kept)
    yield repository
    repository.check_key()


def test_readme_commands_show_comment_without_github(readme: Readme) -> None:
    assert "3 created" in readme.output
    assert "### 2 addresses stop working" in readme.output
    # `ci/up.sh` made the two links; `ci/preview.sh` changed nothing.
    assert sorted(readme.sent) == ["POST", "POST", "PUT", "PUT"]


def test_pull_request_gets_comment_when_it_changes_links(previewed: Previewed) -> None:
    assert previewed.code == 0
    foreign, comment = previewed.comments
    assert foreign == MARKER
    assert NEW_TITLE in comment
    assert "Of commit c1 " in comment
    assert previewed.sent == []


def test_deployment_applies_approved_plan_when_earlier_update_failed_half_way(pull_request: Repository) -> None:
    pull_request.userplane.fault(method="PUT", path="/links/", answer="status", status=400, code="NO")

    failed = pull_request.merge("c1")

    assert failed.code == 1
    assert "400 NO" in failed.log
    assert "planned again" not in failed.log
    assert [method for method, _ in pull_request.sent()] == ["PUT"]

    done = pull_request.merge("c1")

    assert done.code == 0, done.log
    assert "planned again" not in done.log
    assert pull_request.sent() == [("PUT", {"linkTitle": NEW_TITLE})]
    # What the program printed gave the runner no commands.
    before, word, rest = re.split(r"^::stop-commands::(\w{32})$", done.log, flags=re.MULTILINE)
    obeyed = before + rest.partition(f"\n::{word}::\n")[2]
    assert "::notice::" in rest
    assert "::notice::" not in obeyed


def test_deployment_plans_again_when_plan_no_longer_fits(pull_request: Repository) -> None:
    # Meanwhile another pull request was merged and not applied.
    pull_request.edit(HELP, APP)

    done = pull_request.merge("c1", labelled=True)

    assert done.code == 3, done.log
    assert "planned again" in done.log
    assert pull_request.sent() == []

    pull_request.edit(APP, HELP)
    pull_request.edit('"Show us the refund"', '"Show the refund"')
    done = pull_request.merge("c1", labelled=True)

    assert done.code == 0, done.log
    assert "planned again" in done.log
    titles = [body["linkTitle"] for _, body in pull_request.sent()]
    assert sorted(titles) == [NEW_TITLE, "Show the refund"]

    pull_request.edit(HELP, APP)
    done = pull_request.run_up(links_may_die=True)

    assert done.code == 0, done.log
    assert len(pull_request.sent()) == 6


def test_check_stops_when_address_dies_until_reviewer_sets_label(repository: Repository, readme: Readme) -> None:
    old = repository.live()[TITLE]
    repository.edit(HELP, APP)

    with repository.replayed(readme.recorded):
        assert repository.preview("c1").code == 3
        [comment] = repository.comments()
        assert old in comment
        assert "This check fails" in comment
        merged = repository.merge("c1")
        assert merged.code == 3
        assert APPLIED not in merged.log

        assert repository.preview("c1", labelled=True).code == 0
    [comment] = repository.comments()
    assert old in comment
    assert "This check fails" not in comment
    merged = repository.merge("c1", labelled=True)
    assert merged.code == 0, merged.log
    assert "planned again" not in merged.log
    assert sorted(method for method, _ in repository.sent()) == ["DELETE", "DELETE", "POST", "POST", "PUT", "PUT"]
    assert {address.split("/")[2] for address in repository.live().values()} == {"app.acme.example"}


def test_failed_preview_gives_no_verdict(repository: Repository) -> None:
    repository.edit("link_reusable=True", 'link_reusable=True, link_provider_type="zendsk"')

    done = repository.preview("c1")

    assert done.code == 1
    assert "zendesk" in done.log
    assert repository.comments() == []
    assert [artifact["name"] for artifact in repository.github.read()["artifacts"]] == []
    assert repository.preview("c2", fork=True).code == 1
    assert repository.sent() == []


def test_comment_is_rewritten_when_branch_is_pushed(repository: Repository, readme: Readme) -> None:
    comment = (readme.recorded / "comment.md").read_text("utf-8")
    repository.github.add("comments", on=PULL, body=MARKER, user={"login": "mallory"})
    pull = "github.event.pull_request"

    for commit, title in (("c1", TITLE), ("c2", NEW_TITLE)):
        review = repository.root / "comment.md"
        review.write_text(comment.replace(TITLE, title), "utf-8")
        repository.github.upload("comment", review, commit)
        context = {f"{pull}.head.sha": commit, f"{pull}.number": str(PULL), "needs.preview.outputs.verdict": "fine"}
        assert repository.job("preview", "comment", **context).code == 0

    foreign, ours = repository.comments()
    assert foreign == MARKER
    assert NEW_TITLE in ours
    assert TITLE not in ours
    assert "Of commit c2 " in ours


def test_label_is_removed_when_branch_is_pushed(repository: Repository, readme: Readme) -> None:
    with repository.replayed(readme.recorded):
        repository.github.write({**repository.github.read(), "pulls": [{"number": PULL, "labels": LABELS}]})

        # The event still names the label.
        for action in ("synchronize", "reopened"):
            assert repository.preview("c2", labelled=True, action=action).code == 3
        for skipped in (repository.drop_label(labelled=False), repository.drop_label(fork=True)):
            assert skipped.log == "skipped"
        assert repository.github.read()["pulls"][0]["labels"] == LABELS
        dropped = repository.drop_label()

        assert dropped.code == 0, dropped.log
        assert repository.github.read()["pulls"][0]["labels"] == [{"name": "docs"}]
        merged = repository.merge("c2")
        assert merged.code == 3
        assert APPLIED not in merged.log


def test_label_lifts_no_limit_of_repository(repository: Repository, readme: Readme) -> None:
    table = "[tool.pulumi-userplane.review]\nmax-replaced = {}\n"
    with repository.replayed(readme.recorded):
        (repository.folder / "pyproject.toml").write_text(table.format(1), "utf-8")

        assert repository.preview("c1", labelled=True).code == 3
        [comment] = repository.comments()
        assert "--max-replaced allows 1" in comment
        merged = repository.merge("c1", labelled=True)
        assert merged.code == 3
        assert APPLIED not in merged.log

        (repository.folder / "pyproject.toml").write_text(table.format(2), "utf-8")
        assert repository.preview("c2", labelled=True).code == 0


def test_label_counts_only_when_reviewer_saw_plan(repository: Repository, readme: Readme) -> None:
    repository.github.upload("plan-c1", readme.recorded / "plan.json", "c1")
    store = repository.github.read()
    [plan] = store["artifacts"]
    approved = "what was approved"
    merged = repository.merge("c1", labelled=True, until=approved)
    path = str(merged.temp / "approved" / "plan.json")
    assert merged.steps == {"steps.approved.outputs.links-may-die": "true", "steps.approved.outputs.plan": path}

    nothing = {"steps.approved.outputs.links-may-die": "false", "steps.approved.outputs.plan": ""}
    foreign = {**plan["workflow_run"], "head_repository_id": 2}
    for spoilt in ({"expired": True}, {"workflow_run": foreign}, {"workflow_run": None}):
        repository.github.write({**store, "artifacts": [{**plan, **spoilt}]})
        done = repository.merge("c1", labelled=True, until=approved)
        assert done.steps == nothing
        assert "the plan that the reviewers saw is not there any more" in done.log
    with repository.replayed(readme.recorded):
        pushed = repository.push("pushed")
    assert pushed.steps == nothing
    assert "no pull request was merged" in pushed.log
    assert pushed.code == 3


def test_manual_deployment_lets_addresses_die_when_box_is_ticked(repository: Repository, readme: Readme) -> None:
    with repository.replayed(readme.recorded):
        stopped = repository.run_up(links_may_die=False)
        begun = repository.run_up(links_may_die=True)

    assert stopped.code == 3
    # It goes on, to apply the plan that it has just made; the drift's repair does so with the real CLI.
    assert begun.log.count("nobody recorded pulumi up ") == 1
    assert f"--plan {begun.temp / 'plan.json'}" in begun.log


def test_deployment_stops_when_interrupted_run_created_links(
    repository: Repository, readme: Readme, tmp_path: Path
) -> None:
    owner = {"project": "userplane-pull-request-review", "stack": "prod"}
    mark = "pulumi:userplane-pull-request-review/prod/faq"
    reference = f"{mark}#0123abcd"
    fields = {"domainId": "dom_help", "linkTitle": "Secret title", "linkProviderReference": reference}
    link = repository.userplane.add_link(createdAt="2026-01-05T08:00:00.000Z", **fields)
    inputs = {"workspace_id": repository.userplane.workspace_id, "domain_id": "dom_help", "mark": mark}
    creation = {**states.resource("faq", inputs=inputs), "urn": states.urn("faq", **owner)}
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
    assert "pulumi import --file left.json --generate-code=false --protect=false --stack prod" in summary
    assert "Secret title" not in stopped.log
    repository.github.download("left", tmp_path)
    [entry] = json.loads((tmp_path / "left.json").read_text("utf-8"))["resources"]
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
    faq = states.urn("faq", project="userplane-pull-request-review", stack="prod")
    shutil.copytree(readme.recorded, recorded := tmp_path / "recorded")
    (recorded / "state.json").write_text(
        states.export(pending=({**states.resource("faq", inputs=inputs), "urn": faq},)), "utf-8"
    )

    with repository.replayed(recorded):
        begun = repository.run_up(links_may_die=True)

    assert f"`pulumi up` resumes it:\n  faq: {link['linkId']}, created " in begun.log
    assert APPLIED in begun.log


def test_only_main_is_deployed_and_watched(repository: Repository) -> None:
    assert repository.drift(is_main=False).log == "skipped"
    assert repository.job("up", "up", **{"github.ref == 'refs/heads/main'": False}).log == "skipped"
