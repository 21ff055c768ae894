"""The workflows of the example for pull requests, step by step on the real CLI: what is said, stopped and sent."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.emulator import Emulator
from tests.engine.github import GitHub
from tests.engine.workflow import Job, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "examples" / "pull-request-review"
KEY = "uspl_demo"
PULL = 1
HELP, APP = 'url="help.acme.example"', 'url="app.acme.example"'
LABEL = "links-may-die"
LABELS = [{"name": "docs"}, {"name": LABEL}]


class Repository:
    """A repository that was made from the example, its stack, and the Userplane of its links."""

    def __init__(self, folder: Path, env: dict[str, str], userplane: Emulator) -> None:
        self.folder = folder / "links"
        shutil.copytree(EXAMPLE, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self.github = GitHub.empty(folder / "github")
        self.userplane = userplane
        # The account comes from the workflows.
        self.environ = {**env, **self.github.environ, "USERPLANE_BASE_URL": userplane.base_url}
        self.environ["PATH"] = f"{self.github.folder / 'bin'}:{env['PATH']}"
        self.key = KEY
        self._jobs = folder / "jobs"
        self._jobs.mkdir()

    def shell(self, commands: str) -> str:
        """Runs commands as somebody who works at the stack, and returns what they print."""
        account = {"USERPLANE_API_KEY": self.key, "USERPLANE_WORKSPACE_ID": "ws_demo"}
        return subprocess.check_output(
            ["bash", "-e", "-c", commands], cwd=self.folder, env={**self.environ, **account}, text=True, timeout=120
        )

    def edit(self, old: str, new: str) -> None:
        """Changes the program."""
        program = self.folder / "__main__.py"
        text = program.read_text("utf-8")
        assert old in text
        program.write_text(text.replace(old, new), "utf-8")

    def job(self, workflow: str, job: str, **context: Value) -> Job:
        """Runs a job; the names of the context have `__` for a dot."""
        known: dict[str, Value] = {
            "secrets.PULUMI_ACCESS_TOKEN": "",
            "secrets.USERPLANE_API_KEY": self.key,
            "vars.USERPLANE_WORKSPACE_ID": "ws_demo",
            **{name.replace("__", "."): value for name, value in context.items()},
        }
        temp = self._jobs / str(len(list(self._jobs.iterdir())))
        done = Job(self.github, self.folder, temp, self.environ, known).run(workflow, job)
        assert self.key not in done.said
        return done

    def preview(self, commit: str, *, labelled: bool = False, fork: bool = False, action: str = "labeled") -> Job:
        """Does what an event of the pull request does, comment included."""
        pull = "github.event.pull_request"
        context: dict[str, Value] = {
            f"{pull}.head.repo.full_name != github.repository": fork,
            f"{pull}.head.sha": commit,
            f"{pull}.number": str(PULL),
            f"contains({pull}.labels.*.name, '{LABEL}')": labelled,
            **{f"github.event.action != '{other}'": action != other for other in ("synchronize", "reopened")},
        }
        done = self.job("preview", "preview", **context)
        verdict = {"needs.preview.outputs.verdict": done.outputs["verdict"]}
        commented = self.job("preview", "comment", **context, **verdict)
        assert not commented.code, commented.said
        return done

    def drop_label(self, *, labelled: bool = True, fork: bool = False) -> Job:
        """Does what a push to the pull request does beside the preview."""
        pull = "github.event.pull_request"
        context: dict[str, Value] = {
            f"{pull}.head.repo.full_name == github.repository": not fork,
            f"{pull}.number": str(PULL),
            f"contains({pull}.labels.*.name, '{LABEL}')": labelled,
        }
        return self.job("label", "drop", **context)

    def merge(self, commit: str, *, labelled: bool = False) -> Job:
        """Does what merging the pull request does."""
        merge = {"merge_commit_sha": f"merge-of-{commit}", "head": {"sha": commit}}
        store = self.github.read()
        store["pulls"] = [{"number": PULL, **merge, "labels": [{"name": LABEL}] if labelled else [{"name": "docs"}]}]
        self.github.write(store)
        return self.push(f"merge-of-{commit}")

    def push(self, commit: str) -> Job:
        """Does what a push to main does."""
        context = {"github.ref == 'refs/heads/main'": True, "github.event_name == 'push'": True}
        return self.job("up", "up", github__sha=commit, **context)

    def run_up(self, *, links_may_die: bool) -> Job:
        """Does what a person does who starts the workflow by hand."""
        main = {"github.ref == 'refs/heads/main'": True}
        context = {**main, "github.event_name == 'push'": False, "inputs.links-may-die": links_may_die}
        return self.job("up", "up", **context)

    def drift(self, *, is_main: bool = True) -> Job:
        """Does what the schedule does, issue included."""
        done = self.job("drift", "look", **{"github.ref == 'refs/heads/main'": is_main})
        if done.outputs.get("verdict"):
            issued = self.job("drift", "issue", needs__look__outputs__verdict=done.outputs["verdict"])
            assert not issued.code, issued.said
        return done

    def comments(self, on: int = PULL) -> list[str]:
        """Returns the comments of the workflows on a pull request or an issue."""
        return [each["body"] for each in self.github.read()["comments"] if each["on"] == on]

    def sent(self) -> list[tuple[str, Any]]:
        """Returns method and body of each request that changed something since the last call."""
        sent = [(each.method, each.body) for each in self.userplane.requests if each.method != "GET"]
        self.userplane.clear_requests()
        return sent

    def live(self) -> dict[str, str]:
        """Returns the address of each live link by its title."""
        return {str(link["linkTitle"]): link["linkURL"] for link in self.userplane.links if link["live"]}


@pytest.fixture
def repository(tmp_path: Path, pulumi_env: dict[str, str]) -> Iterator[Repository]:
    """The example's two links, made."""
    with Emulator() as userplane:
        repository = Repository(tmp_path, pulumi_env, userplane)
        repository.shell("pulumi stack init prod; pulumi up --yes --skip-preview")
        assert sorted(repository.live()) == ["Help with checkout", "Show us the refund"]
        repository.sent()
        yield repository


def test_a_change_is_previewed_in_one_comment_and_applied_as_approved(repository: Repository) -> None:
    marker = "<!-- pulumi-userplane review userplane-pull-request-review/prod -->"
    repository.github.add("comments", on=PULL, body=marker, user={"login": "mallory"})
    repository.edit('"Help with checkout"', '"Help with the checkout"')

    assert repository.preview("c1").code == 0
    repository.edit('"Help with the checkout"', '"Help with paying"')
    assert repository.preview("c2").code == 0

    foreign, comment = repository.comments()
    assert foreign == marker
    assert "Help with paying" in comment
    assert "Help with the checkout" not in comment
    assert "Of commit c2 " in comment
    assert repository.sent() == []

    done = repository.merge("c2")
    assert done.code == 0, done.said
    assert "planned again" not in done.said
    assert repository.sent() == [("PUT", {"linkTitle": "Help with paying"})]


def test_a_dying_address_is_stopped_until_a_reviewer_sets_the_label(repository: Repository) -> None:
    old = repository.live()["Help with checkout"]
    repository.edit(HELP, APP)

    assert repository.preview("c1").code == 3
    [comment] = repository.comments()
    assert old in comment
    assert "This check fails" in comment
    merged = repository.merge("c1")
    assert merged.code == 3
    assert "Updating" not in merged.said
    assert repository.sent() == []
    assert repository.live()["Help with checkout"] == old

    assert repository.preview("c1", labelled=True).code == 0
    [comment] = repository.comments()
    assert old in comment
    assert "This check fails" not in comment
    merged = repository.merge("c1", labelled=True)
    assert merged.code == 0, merged.said
    assert sorted(method for method, _ in repository.sent()) == ["DELETE", "DELETE", "POST", "POST", "PUT", "PUT"]
    assert {address.split("/")[2] for address in repository.live().values()} == {"app.acme.example"}


def test_a_plan_that_no_longer_fits_is_planned_again_and_stopped_again(repository: Repository) -> None:
    repository.edit('"Show us the refund"', '"Show the refund"')
    assert repository.preview("c1", labelled=True).code == 0
    # Meanwhile another pull request was merged and not applied.
    repository.edit('"Help with checkout"', '"Help with paying"')

    done = repository.merge("c1", labelled=True)

    assert done.code == 0, done.said
    assert "planned again" in done.said
    titles = [body["linkTitle"] for method, body in repository.sent()]
    assert sorted(titles) == ["Help with paying", "Show the refund"]

    repository.edit('"Show the refund"', '"A refund"')
    assert repository.preview("c2", labelled=True).code == 0
    repository.edit(HELP, APP)

    done = repository.merge("c2", labelled=True)

    assert done.code == 3, done.said
    assert "planned again" in done.said
    assert repository.sent() == []
    done = repository.run_up(links_may_die=True)
    assert done.code == 0, done.said
    assert len(repository.sent()) == 6


def test_a_push_takes_the_label_off(repository: Repository) -> None:
    repository.edit(HELP, APP)
    assert repository.preview("c1", labelled=True).code == 0
    repository.github.write({**repository.github.read(), "pulls": [{"number": PULL, "labels": LABELS}]})

    # The event still names the label.
    for action in ("synchronize", "reopened"):
        assert repository.preview("c2", labelled=True, action=action).code == 3
    for skipped in (repository.drop_label(labelled=False), repository.drop_label(fork=True)):
        assert skipped.said == "skipped"
    assert repository.github.read()["pulls"][0]["labels"] == LABELS
    dropped = repository.drop_label()

    assert dropped.code == 0, dropped.said
    assert repository.github.read()["pulls"][0]["labels"] == [{"name": "docs"}]
    assert repository.merge("c2").code == 3
    assert repository.sent() == []


def test_the_label_lifts_no_limit_of_the_repository(repository: Repository) -> None:
    table = "[tool.pulumi-userplane.review]\nmax-replaced = {}\n"
    repository.edit(HELP, APP)
    (repository.folder / "pyproject.toml").write_text(table.format(1), "utf-8")

    assert repository.preview("c1", labelled=True).code == 3
    [comment] = repository.comments()
    assert "--max-replaced allows 1" in comment
    assert repository.merge("c1", labelled=True).code == 3
    assert repository.sent() == []

    (repository.folder / "pyproject.toml").write_text(table.format(2), "utf-8")
    assert repository.preview("c2", labelled=True).code == 0


def test_what_a_program_prints_gives_the_runner_no_commands(repository: Repository) -> None:
    repository.edit("import pulumi\n", "import pulumi\n\nprint('::notice::from outside')\n")
    assert repository.preview("c1").code == 0

    done = repository.merge("c1")

    assert done.code == 0, done.said
    before, word, rest = re.split(r"^::stop-commands::(\w{32})$", done.said, flags=re.MULTILINE)
    obeyed = before + rest.partition(f"\n::{word}::\n")[2]
    assert "::notice::" in rest
    assert "::notice::" not in obeyed


def test_only_main_is_applied_and_watched(repository: Repository) -> None:
    assert repository.drift(is_main=False).said == "skipped"
    assert repository.job("up", "up", **{"github.ref == 'refs/heads/main'": False}).said == "skipped"


def test_a_label_counts_only_with_the_plan_that_its_reviewer_saw(repository: Repository) -> None:
    repository.edit(HELP, APP)
    assert repository.preview("c1", labelled=True).code == 0
    store = repository.github.read()
    [plan] = [each for each in store["artifacts"] if each["name"] == "plan-c1"]

    pushed = repository.push("pushed")
    assert pushed.code == 3
    assert "no pull request was merged" in pushed.said
    foreign = {**plan["workflow_run"], "head_repository_id": 2}
    for spoilt in ({"expired": True}, {"workflow_run": foreign}, {"workflow_run": None}):
        store["artifacts"] = [{**plan, **spoilt}]
        repository.github.write(store)
        done = repository.merge("c1", labelled=True)
        assert done.code == 3
        assert "the plan that the reviewers saw is gone" in done.said
    assert repository.sent() == []


def test_drift_opens_one_issue_and_its_repair_closes_it(repository: Repository) -> None:
    assert repository.drift().outputs == {"verdict": "clean"}
    assert repository.github.read()["issues"] == []
    [edited, _] = [link["linkId"] for link in repository.userplane.links]

    repository.userplane.edit_link(edited, linkTitle="By hand")
    assert repository.drift().code == 0
    repository.userplane.edit_link(edited, linkTitle="By another hand")
    assert repository.drift().code == 0

    [issue] = repository.github.read()["issues"]
    assert (issue["state"], issue["title"]) == ("open", "Recording links of prod were changed outside Pulumi")
    assert "By another hand" in issue["body"]
    repository.key = "uspl_revoked"
    failed = repository.drift()
    assert failed.code == 1
    assert "API_KEY_INVALID" in failed.said
    assert repository.github.read()["issues"] == [issue]
    repository.key = KEY
    assert repository.run_up(links_may_die=False).code == 0
    assert repository.drift().outputs == {"verdict": "clean"}
    [issue] = repository.github.read()["issues"]
    assert issue["state"] == "closed"
    [comment] = repository.comments(on=issue["number"])
    assert "as declared again" in comment


def test_the_readme_shows_it_without_github(repository: Repository) -> None:
    [block] = re.findall(r"^```sh\n(.+?)^```", (EXAMPLE / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert "pulumi stack init prod\n" in block

    said = repository.shell(block.replace("init prod", "select prod"))

    assert "3 unchanged" in said
    assert "### 2 addresses stop working" in said
    assert repository.sent() == []


def test_what_fails_is_no_verdict(repository: Repository) -> None:
    repository.edit("link_reusable=True", 'link_reusable=True, link_provider_type="zendsk"')

    done = repository.preview("c1")

    assert done.code == 1
    assert "zendesk" in done.said
    assert repository.comments() == []
    assert [each["name"] for each in repository.github.read()["artifacts"]] == []
    assert repository.preview("c2", fork=True).code == 1
    assert repository.sent() == []


def test_an_update_that_fails_half_way_is_not_planned_again(repository: Repository) -> None:
    repository.edit('"Help with checkout"', '"Help with paying"')
    assert repository.preview("c1").code == 0
    repository.userplane.fault(method="PUT", path="/links/", answer="status", status=400, code="NO")

    done = repository.merge("c1")

    assert done.code == 1
    assert "400 NO" in done.said
    assert "planned again" not in done.said
    assert [method for method, _ in repository.sent()] == ["PUT"]
