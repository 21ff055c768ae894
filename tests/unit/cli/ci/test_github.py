"""GitHub against a stand-in of its API: what is read and written, with which permissions, and what the log obeys."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from urllib3.util import Retry

from pulumi_userplane.cli.ci import github
from pulumi_userplane.cli.ci.github import ACTIONS_AUTHOR, GitHubPlatform
from pulumi_userplane.cli.ci.github_runner import MAX_SUMMARY
from pulumi_userplane.cli.ci.platform import Comment, Issue, PlatformError, PullRequest, choose_platform
from tests.support.github_server import REPOSITORY, GitHubServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEAD, MERGE = "c" * 40, "d" * 40
NEVER = Retry(0)
STACK, PLAN = "acme/links/prod", "acme+links+prod.json"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitHubServer]:
    server = GitHubServer(tmp_path / "github")
    yield server
    server.stop()
    assert not server.leaked


@pytest.fixture
def runner(server: GitHubServer, tmp_path: Path) -> dict[str, str]:
    """Returns the variables of a runner, without a token."""
    event = tmp_path / "event.json"
    event.write_text("{}", "utf-8")
    return {
        **server.environ,
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_REF_NAME": "main",
        "GITHUB_RUN_ID": "99",
        "GITHUB_SHA": MERGE,
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_WORKFLOW_REF": f"{REPOSITORY}/.github/workflows/up.yml@refs/heads/main",
    }


def connect(server: GitHubServer, runner: dict[str, str], **permissions: str) -> GitHubPlatform:
    return GitHubPlatform({**runner, "GITHUB_TOKEN": server.grant(**permissions)})


@pytest.fixture
def writer(server: GitHubServer, runner: dict[str, str]) -> GitHubPlatform:
    """Returns GitHub with the token of a job that comments."""
    return connect(server, runner, actions="read", contents="read", pull_requests="write")


@pytest.fixture
def pull(server: GitHubServer) -> PullRequest:
    return PullRequest(server.open_pull(HEAD), HEAD)


def test_platform_is_chosen_without_request_when_runner_is_githubs(
    server: GitHubServer, runner: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in runner.items():
        monkeypatch.setenv(name, text)

    platform = choose_platform(None)

    assert platform.name == "GitHub"
    assert platform.run_url() == f"https://github.example/{REPOSITORY}/actions/runs/99"
    assert server.requests == []


def test_platform_error_names_variable_when_it_is_missing(runner: dict[str, str]) -> None:
    del runner["GITHUB_REPOSITORY"]
    with pytest.raises(PlatformError, match=r"GITHUB_REPOSITORY is not set; run this on GitHub's runner"):
        GitHubPlatform(runner)


def test_request_is_refused_without_token(server: GitHubServer, runner: dict[str, str], pull: PullRequest) -> None:
    with pytest.raises(PlatformError, match=r"USERPLANE_CI_TOKEN is not set; give .* \$\{\{ github\.token \}\}`$"):
        GitHubPlatform(runner).read_labels(pull)
    assert server.requests == []


def test_own_token_is_taken_when_program_has_another(
    server: GitHubServer, runner: dict[str, str], pull: PullRequest
) -> None:
    tokens = {"GITHUB_TOKEN": "ghs_program", "USERPLANE_CI_TOKEN": server.grant(pull_requests="read")}
    assert GitHubPlatform({**runner, **tokens}, NEVER).read_labels(pull) == set()


@pytest.mark.parametrize(
    ("repository", "is_fork"),
    [({"full_name": REPOSITORY}, False), ({"full_name": "mallory/links"}, True), (None, True)],
)
def test_pull_request_comes_from_event(
    runner: dict[str, str], tmp_path: Path, repository: dict[str, str] | None, is_fork: bool
) -> None:
    event = {"pull_request": {"number": 7, "state": "open", "head": {"sha": HEAD, "repo": repository}}}
    (tmp_path / "event.json").write_text(json.dumps(event), "utf-8")

    platform = GitHubPlatform(runner)

    assert platform.pull_request() == PullRequest(7, HEAD, is_fork)
    assert platform.commit() == HEAD


def test_closed_pull_request_is_left_alone(runner: dict[str, str], tmp_path: Path) -> None:
    event = {"pull_request": {"number": 7, "state": "closed", "head": {"sha": HEAD, "repo": {"full_name": REPOSITORY}}}}
    (tmp_path / "event.json").write_text(json.dumps(event), "utf-8")

    with pytest.raises(PlatformError, match=r"^pull request 7 is closed, so nothing was done; let .* == 'open'`$"):
        GitHubPlatform(runner).pull_request()


def test_push_has_no_pull_request(runner: dict[str, str]) -> None:
    platform = GitHubPlatform(runner)
    assert platform.pull_request() is None
    assert platform.commit() == MERGE


def test_error_is_one_line_when_event_can_not_be_read(runner: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "event.json").unlink()
    with pytest.raises(
        PlatformError, match=r"event of this run can't be read from .*event\.json: .*; run the job again"
    ):
        GitHubPlatform(runner).pull_request()


def test_comments_are_written_and_only_ours_are_listed(
    server: GitHubServer, writer: GitHubPlatform, pull: PullRequest
) -> None:
    server.most_per_page = 1
    server.add("comments", on=pull.number, body="<!-- ours? -->", user={"login": "mallory"})
    server.add("comments", on=pull.number, body="<!-- ours? -->", user=None)
    writer.create_comment(pull, "one")
    writer.create_comment(pull, "two")

    one, two = writer.list_comments(pull)
    assert (one.body, two.body) == ("one", "two")
    writer.update_comment(pull, two, "three")
    writer.delete_comment(pull, one)
    writer.delete_comment(pull, one)

    assert server.comments(pull.number) == ["<!-- ours? -->", "<!-- ours? -->", "three"]


def test_app_finds_its_comments_when_author_is_set(
    server: GitHubServer, runner: dict[str, str], pull: PullRequest
) -> None:
    app = "links[bot]"
    environ = {**runner, "USERPLANE_CI_AUTHOR": app, "GITHUB_TOKEN": server.grant(app, pull_requests="write")}
    platform = GitHubPlatform(environ, NEVER)
    server.add("comments", on=pull.number, body="the workflow's", user={"login": ACTIONS_AUTHOR})

    platform.create_comment(pull, "the app's")

    assert [comment.body for comment in platform.list_comments(pull)] == ["the app's"]


def test_newest_commit_is_read_from_api(server: GitHubServer, writer: GitHubPlatform, pull: PullRequest) -> None:
    server.change("pulls", pull.number, head={"sha": MERGE, "repo": {"full_name": REPOSITORY}})
    assert writer.read_head(pull) == MERGE


def test_labels_are_set_and_taken_off(server: GitHubServer, writer: GitHubPlatform, pull: PullRequest) -> None:
    server.write({**server.read(), "labels": ["links: change", "docs"]})
    server.label(pull.number, "docs")

    writer.add_label(pull, "links: change")
    assert writer.read_labels(pull) == {"docs", "links: change"}
    writer.remove_label(pull, "links: change")
    writer.remove_label(pull, "links: change")

    assert server.labels(pull.number) == {"docs"}


def test_missing_label_is_made_only_by_token_that_writes_issues(
    server: GitHubServer, runner: dict[str, str], writer: GitHubPlatform, pull: PullRequest
) -> None:
    with pytest.raises(PlatformError, match=r'403 "You do not have permission to create labels on this repository\."'):
        writer.add_label(pull, "links: none")
    connect(server, runner, issues="write").add_label(pull, "links: none")
    assert server.labels(pull.number) == {"links: none"}


def test_error_names_permission_when_token_can_only_read(
    server: GitHubServer, runner: dict[str, str], pull: PullRequest
) -> None:
    platform = connect(server, runner, pull_requests="read")
    server.add("comments", on=pull.number, body="ours")
    [comment] = platform.list_comments(pull)
    attempts: list[Callable[[], None]] = [
        lambda: platform.create_comment(pull, "new"),
        lambda: platform.update_comment(pull, comment, "new"),
        lambda: platform.delete_comment(pull, comment),
        lambda: platform.add_label(pull, "links: none"),
        lambda: platform.remove_label(pull, "links: none"),
    ]
    for attempt in attempts:
        with pytest.raises(
            PlatformError, match=r'403 "Resource not accessible by integration"; give the job `pull-req'
        ):
            attempt()
    assert server.comments(pull.number) == ["ours"]


def test_error_says_what_to_do_when_github_refuses(
    server: GitHubServer, runner: dict[str, str], writer: GitHubPlatform, pull: PullRequest
) -> None:
    with pytest.raises(
        PlatformError, match=r'commenting on pull request \d+ failed: GitHub said 422 ".*"; run the job'
    ):
        writer.create_comment(pull, "x" * 65_537)
    revoked = GitHubPlatform({**runner, "GITHUB_TOKEN": "ghs_revoked"}, NEVER)
    with pytest.raises(PlatformError, match=r'401 "Bad credentials"; check the token') as refused:
        revoked.list_comments(pull)
    assert "ghs_" not in str(refused.value)


@pytest.mark.parametrize("password", ["Geh3im[", "Geh3im%E2%82%AC", "Geh3im/"])
def test_error_is_one_line_when_the_address_of_the_proxy_cannot_be_used(
    runner: dict[str, str], pull: PullRequest, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://maria:{password}@127.0.0.1:1")
    writer = GitHubPlatform({**runner, "GITHUB_API_URL": "https://github.example", "GITHUB_TOKEN": "ghs_0123"}, NEVER)
    advice = "check the token, and user and password in HTTPS_PROXY"
    with pytest.raises(PlatformError, match=rf"GitHub can't be reached \([A-Za-z]+\); {advice}$") as failed:
        writer.list_comments(pull)
    assert "Geh3im" not in str(failed.value)
    assert failed.value.__suppress_context__


def test_error_is_one_line_when_github_is_away(server: GitHubServer, runner: dict[str, str], pull: PullRequest) -> None:
    writer = GitHubPlatform({**runner, "GITHUB_TOKEN": "ghs_0123"}, NEVER)
    server.stop()
    with pytest.raises(PlatformError, match=r"GitHub can't be reached \(ConnectionError\); run the job again$"):
        writer.read_labels(pull)


def test_only_what_changes_nothing_is_repeated(server: GitHubServer, writer: GitHubPlatform, pull: PullRequest) -> None:
    server.faults = [(502, "Server Error", {})]
    assert writer.read_labels(pull) == set()
    server.faults = [(502, "Server Error", {})]
    # It may have been written.
    with pytest.raises(PlatformError, match="commenting on pull request 1 failed: GitHub "):
        writer.create_comment(pull, "one")
    assert server.comments(pull.number) == []


def test_error_says_when_to_come_back_when_limit_is_reached(
    server: GitHubServer, writer: GitHubPlatform, pull: PullRequest
) -> None:
    server.faults = [(403, "API rate limit exceeded for installation.", {"X-RateLimit-Reset": "9999999999"})]
    with pytest.raises(
        PlatformError, match=r'403 "API rate limit exceeded for installation\."; run the job again in an'
    ):
        writer.read_labels(pull)
    assert len(server.requests) == 1


def test_error_is_one_line_when_a_response_leads_elsewhere(
    server: GitHubServer, writer: GitHubPlatform, pull: PullRequest
) -> None:
    server.faults = [(301, "Moved Permanently", {"Location": "http://localhost:1/elsewhere"})]
    with pytest.raises(PlatformError, match=r"labels of pull request 1 failed: .* to localhost, .*; check GITHUB_API"):
        writer.read_labels(pull)


class TestFindMerged:
    def test_finds_pull_request_of_commit_when_no_run_has_succeeded(
        self, server: GitHubServer, writer: GitHubPlatform, pull: PullRequest
    ) -> None:
        server.push("a")
        server.push(MERGE, merges=pull.number)
        server.finish("up", "a", conclusion="failure")
        # It holds the commit, and was never merged.
        server.open_pull(MERGE)

        assert writer.find_merged(MERGE) == [PullRequest(pull.number, HEAD, merge_commit=MERGE)]

    def test_finds_merges_of_failed_runs_since_last_success(self, server: GitHubServer, writer: GitHubPlatform) -> None:
        server.most_per_page = 2
        pulls = [server.open_pull(f"c{number}", fork=number == 3) for number in range(5)]
        closed = server.open_pull("c9")
        server.change("pulls", closed, state="closed", merge_commit_sha="m2", updated_at="2026-01-03T00:00:00Z")
        for number, found in enumerate(pulls):
            server.push(f"m{number}", merges=found)
        server.finish("up", "m1", created_at="2026-01-02T00:00:00Z")
        server.finish("preview", "m4", created_at="2026-01-02T00:00:00Z")
        server.finish("up", "m3", head_branch="other")
        server.finish("up", "m2", conclusion="failure")

        merged = writer.find_merged("m4")

        assert [(pull.number, pull.merge_commit, pull.is_fork) for pull in merged] == [
            (pulls[2], "m2", False),
            (pulls[3], "m3", True),
            (pulls[4], "m4", False),
        ]

    def test_finds_only_commit_when_run_is_repeated_after_success(
        self, server: GitHubServer, writer: GitHubPlatform, pull: PullRequest
    ) -> None:
        server.push(MERGE, merges=pull.number)
        server.finish("up", MERGE)
        assert [found.number for found in writer.find_merged(MERGE)] == [pull.number]
        assert not any("compare" in request for request in server.requests)

    def test_finds_only_commit_when_branch_was_rewritten(
        self, server: GitHubServer, writer: GitHubPlatform, pull: PullRequest
    ) -> None:
        server.finish("up", "gone")
        server.push(MERGE, merges=pull.number)
        assert [found.number for found in writer.find_merged(MERGE)] == [pull.number]

    def test_leaves_out_pull_request_into_another_branch(
        self, server: GitHubServer, writer: GitHubPlatform, pull: PullRequest
    ) -> None:
        server.change("pulls", pull.number, base={"ref": "release"})
        server.push(MERGE, merges=pull.number)
        assert writer.find_merged(MERGE) == []

    def test_leaves_out_this_run(self, server: GitHubServer, runner: dict[str, str], pull: PullRequest) -> None:
        server.push("a")
        server.push("b", merges=pull.number)
        server.push(MERGE)
        server.finish("up", "a")
        runner["GITHUB_RUN_ID"] = str(server.finish("up", MERGE))
        platform = connect(server, runner, actions="read", contents="read", pull_requests="read")
        assert [found.number for found in platform.find_merged(MERGE)] == [pull.number]

    @pytest.mark.parametrize("lacking", ["actions", "contents", "pull_requests"])
    def test_error_names_permission_when_token_lacks_one(
        self, server: GitHubServer, runner: dict[str, str], lacking: str
    ) -> None:
        server.push("a")
        server.push(MERGE)
        server.finish("up", "a")
        permissions = {name: "read" for name in ("actions", "contents", "pull_requests") if name != lacking}
        platform = connect(server, runner, **permissions)
        with pytest.raises(PlatformError, match=f"give the job `{lacking.replace('_', '-')}: read`"):
            platform.find_merged(MERGE)


class TestDownloadPlan:
    NAME = f"plan-{HEAD}"

    def test_writes_newest_plan_that_has_stack(
        self, server: GitHubServer, writer: GitHubPlatform, pull: PullRequest, tmp_path: Path
    ) -> None:
        file = PLAN
        server.upload(self.NAME, {file: b"old"}, HEAD, run=1)
        server.upload(self.NAME, {file: b"new", "../outside.json": b"other"}, HEAD, run=2)
        server.upload(self.NAME, {"other.json": b"other"}, HEAD, run=3)
        server.upload(self.NAME, {file: b"fork"}, HEAD, run=4, fork=True)
        server.upload(self.NAME, {file: b"elsewhere"}, MERGE, run=5)
        expired = server.upload(self.NAME, {file: b"expired"}, HEAD, run=6)
        server.change("artifacts", expired, expired=True)
        orphan = server.upload(self.NAME, {file: b"orphan"}, HEAD, run=7)
        server.change("artifacts", orphan, workflow_run=None)
        folder = tmp_path / "plans"
        folder.mkdir()

        plan = writer.download_plan(pull, STACK, folder)

        assert plan is not None
        assert plan.read_bytes() == b"new"
        assert list(folder.iterdir()) == [plan]
        assert not (tmp_path / "outside.json").exists()

    def test_returns_none_when_archive_is_odd(
        self,
        server: GitHubServer,
        writer: GitHubPlatform,
        pull: PullRequest,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(github, "MAX_PLAN", 3)
        assert writer.download_plan(pull, STACK, tmp_path) is None
        large = server.upload(self.NAME, {PLAN: b"four"}, HEAD, run=1)
        assert writer.download_plan(pull, STACK, tmp_path) is None
        (server.folder / "artifacts" / f"{large}.zip").write_bytes(b"no archive")
        assert writer.download_plan(pull, STACK, tmp_path) is None

    @pytest.mark.parametrize("kind", ["broken", "encrypted", "unknown method"])
    def test_returns_none_when_archive_can_not_be_read(
        self, kind: str, server: GitHubServer, writer: GitHubPlatform, pull: PullRequest, tmp_path: Path
    ) -> None:
        number = server.upload(self.NAME, {PLAN: b"plan" * 100}, HEAD)
        file = server.folder / "artifacts" / f"{number}.zip"
        archive = bytearray(file.read_bytes())
        directory = archive.index(b"PK\x01\x02")
        if kind == "broken":
            archive[31 + len(PLAN) : 36 + len(PLAN)] = b"\xff" * 5
        elif kind == "encrypted":
            archive[6] |= 1
            archive[directory + 8] |= 1
        else:
            archive[8] = archive[directory + 10] = 99
        file.write_bytes(archive)
        assert writer.download_plan(pull, STACK, tmp_path) is None

    def test_large_archive_is_not_read_whole(
        self,
        server: GitHubServer,
        writer: GitHubPlatform,
        pull: PullRequest,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(github, "MAX_PLAN", 1000)
        monkeypatch.setattr(github, "_CHUNK", 100)
        number = server.upload(self.NAME, {PLAN: b"plan"}, HEAD)
        with (server.folder / "artifacts" / f"{number}.zip").open("r+b") as archive:
            content = archive.read()
            archive.seek(0)
            archive.write(bytes(2000) + content)
        assert writer.download_plan(pull, STACK, tmp_path) is None
        monkeypatch.setattr(github, "MAX_PLAN", 10_000)
        assert writer.download_plan(pull, STACK, tmp_path) is not None

    def test_error_is_one_line_when_artifact_is_gone(
        self, server: GitHubServer, writer: GitHubPlatform, pull: PullRequest, tmp_path: Path
    ) -> None:
        artifact = server.upload(self.NAME, {}, HEAD)
        server.break_artifact(artifact)
        with pytest.raises(PlatformError, match=r"downloading the artifact plan-c+ failed: .* \(it said 404\); run"):
            writer.download_plan(pull, STACK, tmp_path)


def test_report_of_another_job_is_not_for_github(writer: GitHubPlatform, tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"^--from-job can't be used on GitHub: let actions/download-artifact"):
        writer.download_report("preview", "report", tmp_path)


def test_one_issue_is_opened_rewritten_and_closed(server: GitHubServer, runner: dict[str, str]) -> None:
    label = "userplane-drift"
    server.write({**server.read(), "labels": [label]})
    server.label(server.open_pull(HEAD), label)
    server.add("issues", title="foreign", body="foreign", labels=[{"name": label}], user={"login": "mallory"})
    platform = connect(server, runner, issues="write")

    platform.create_issue("Drift", "one", label)
    [issue] = platform.list_issues(label)
    platform.update_issue(issue, "two")
    assert platform.list_issues(label) == [Issue(issue.number, "two")]
    platform.close_issue(issue, "as declared again")

    assert platform.list_issues(label) == []
    assert server.comments(issue.number) == ["as declared again"]


def test_outputs_can_not_add_outputs(runner: dict[str, str], tmp_path: Path) -> None:
    GitHubPlatform(runner).write_outputs({"outcome": "fine", "text": "a\nghadelimiter_0\nseverity=none"})

    lines = (tmp_path / "output").read_text("utf-8").splitlines()
    name, _, delimiter = lines[0].partition("<<")
    assert (name, lines[1], lines[2]) == ("outcome", "fine", delimiter)
    assert re.fullmatch(r"ghadelimiter_[0-9a-f]{32}", delimiter)
    assert lines.count(delimiter) == 2
    assert lines[-1] == delimiter


def test_summary_is_added_until_github_would_refuse_it(
    runner: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = GitHubPlatform(runner)
    platform.write_summary("one\n\n")
    platform.write_summary("two")
    platform.write_summary("x" * MAX_SUMMARY)
    assert (tmp_path / "summary.md").read_text("utf-8") == "one\ntwo\n"
    assert capsys.readouterr().out.startswith("::warning::the summary is longer")


def test_log_line_is_one_command(runner: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    GitHubPlatform(runner).log("error", "100 %\n::warning::no uspl_canary")
    assert capsys.readouterr().out == "::error::100 %25%0A::warning::no uspl_***\n"


def test_commands_are_stopped_until_block_ends(runner: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        print("::error::obeyed?")  # noqa: T201 - what the runner reads
        raise LookupError

    with pytest.raises(LookupError), GitHubPlatform(runner).quiet_log():
        fail()

    first, inside, last = capsys.readouterr().out.splitlines()
    assert inside == "::error::obeyed?"
    assert re.fullmatch(r"::stop-commands::[0-9a-f]{32}", first)
    assert last == f"::{first.rpartition('::')[2]}::"


def test_comment_of_nobody_is_empty_text(server: GitHubServer, writer: GitHubPlatform, pull: PullRequest) -> None:
    number = server.add("comments", on=pull.number, body=None)
    assert writer.list_comments(pull) == [Comment(number, "")]
