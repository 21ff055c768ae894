"""GitLab as a platform: what each token may do, whose comments are ours, which merges and plans a run finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from pulumi_userplane.cli.ci import gitlab
from pulumi_userplane.cli.ci.gitlab_session import open_session
from pulumi_userplane.cli.ci.platform import (
    Comment,
    Issue,
    PlatformError,
    PlatformName,
    PullRequest,
    choose_platform,
)
from pulumi_userplane.cli.ci.report import MAX_COMMENT_BYTES
from tests.support.gitlab_project import BOT, FORK, MALLORY, PROJECT, GitLabProject
from tests.support.gitlab_server import JOB_TOKEN, READ_TOKEN, WRITE_TOKEN, GitLabServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Connect = Callable[..., gitlab.GitLab]

HEAD, MERGE = "c" * 40, "d" * 40
PULL = PullRequest(7, HEAD)
JOB = {"CI_JOB_TOKEN": JOB_TOKEN, "GITLAB_TOKEN_USER": BOT["username"]}
WRITE = {"CI_JOB_TOKEN": JOB_TOKEN, "GITLAB_TOKEN": WRITE_TOKEN}
READ = {**JOB, "GITLAB_READ_TOKEN": READ_TOKEN}


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    with GitLabServer(page_size=2) as server:
        yield server


@pytest.fixture
def project(server: GitLabServer) -> GitLabProject:
    server.project.open_merge_request(PULL.number, HEAD)
    return server.project


@pytest.fixture
def connect(server: GitLabServer, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Returns the platform of a job with these variables as well as those that each job has."""

    def connect(**variables: str) -> gitlab.GitLab:
        always = {
            "CI_API_V4_URL": server.api,
            "CI_COMMIT_SHA": HEAD,
            "CI_PIPELINE_ID": "50",
            "CI_PIPELINE_URL": "https://gitlab.example/acme/links/-/pipelines/50",
            "CI_PROJECT_ID": str(PROJECT),
        }
        for name in ("GITLAB_TOKEN", "GITLAB_READ_TOKEN", "GITLAB_TOKEN_USER", "CI_MERGE_REQUEST_IID"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {**always, **variables}.items():
            monkeypatch.setenv(name, value)
        connected = choose_platform(PlatformName.GITLAB)
        assert isinstance(connected, gitlab.GitLab)
        return connected

    return connect


def test_environment_without_job_is_refused(connect: Connect) -> None:
    with pytest.raises(PlatformError, match=r"^--platform gitlab can't be used: CI_PIPELINE_URL is not set, .*none"):
        connect(CI_PIPELINE_URL="")


def test_merge_request_is_that_of_pipeline(connect: Connect) -> None:
    merge_request = {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "42"}

    assert connect(**JOB).pull_request() is None
    assert connect(**JOB, **merge_request, CI_MERGE_REQUEST_SOURCE_PROJECT_ID="42").pull_request() == PULL
    assert connect(**JOB, **merge_request, CI_MERGE_REQUEST_SOURCE_PROJECT_ID="43").pull_request() == PullRequest(
        7, HEAD, is_fork=True
    )


def test_commit_is_branch_s_in_merged_results_pipeline(connect: Connect) -> None:
    merged = connect(**JOB, CI_COMMIT_SHA=MERGE, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=HEAD)

    assert merged.commit() == HEAD
    assert connect(**JOB, CI_COMMIT_SHA=MERGE, CI_MERGE_REQUEST_SOURCE_BRANCH_SHA="").commit() == MERGE


@pytest.mark.parametrize("tokens", [JOB, READ, WRITE])
def test_each_token_reads_labels_comments_and_newest_commit(
    connect: Connect, project: GitLabProject, tokens: dict[str, str]
) -> None:
    project.merge_requests[7]["labels"] = ["docs", "links-may-die"]
    project.merge_requests[7]["sha"] = "pushed"
    note = project.add_note(7, "ours")

    platform = connect(**tokens)

    assert platform.read_labels(PULL) == {"docs", "links-may-die"}
    assert platform.read_head(PULL) == "pushed"
    assert platform.list_comments(PULL) == [Comment(note["id"], "ours")]


@pytest.mark.parametrize("tokens", [JOB, READ, WRITE])
def test_comments_of_others_are_left_out_on_all_pages(
    connect: Connect, project: GitLabProject, tokens: dict[str, str]
) -> None:
    for body, author in (("first", BOT), ("forged", MALLORY), ("second", BOT), ("third", BOT)):
        project.add_note(7, body, author)
    project.add_note(7, "also forged", {"id": 667, "username": f"project_{PROJECT}_bottom"})
    project.all_notes[3]["system"] = True

    assert [comment.body for comment in connect(**tokens).list_comments(PULL)] == ["first", "second"]


@pytest.mark.parametrize("tokens", [JOB, READ])
def test_no_comment_counts_where_nobody_says_whose_the_token_is(
    connect: Connect, project: GitLabProject, capsys: pytest.CaptureFixture[str], tokens: dict[str, str]
) -> None:
    # A name that anybody can register.
    project.add_note(7, "forged", {"id": 667, "username": f"project_{PROJECT}_bot_0"})
    project.add_note(7, "by the bot", BOT)

    assert connect(**{**tokens, "GITLAB_TOKEN_USER": ""}).list_comments(PULL) == []
    assert "GITLAB_TOKEN_USER is not set in this job: no comment counts" in capsys.readouterr().err
    assert [comment.body for comment in connect(**tokens).list_comments(PULL)] == ["by the bot"]


def test_comments_are_created_changed_and_deleted(connect: Connect, project: GitLabProject) -> None:
    platform = connect(**WRITE)

    platform.create_comment(PULL, "one")
    platform.create_comment(PULL, "two")
    first, second = platform.list_comments(PULL)
    platform.update_comment(PULL, first, "changed")
    platform.delete_comment(PULL, second)
    platform.delete_comment(PULL, second)

    assert project.notes(7) == ["changed"]


def test_labels_are_set_and_taken_off(connect: Connect, project: GitLabProject) -> None:
    platform = connect(**WRITE)
    project.merge_requests[7]["labels"] = ["docs"]

    platform.add_label(PULL, "links: change")
    platform.add_label(PULL, "links: none")
    platform.remove_label(PULL, "links: change")
    platform.remove_label(PULL, "links: address dies")

    assert platform.read_labels(PULL) == {"docs", "links: none"}


@pytest.mark.parametrize("tokens", [JOB, READ])
@pytest.mark.parametrize(
    ("does", "doing"),
    [
        (lambda platform: platform.create_comment(PULL, "x"), "writing a comment on !7"),
        (lambda platform: platform.update_comment(PULL, Comment(100, ""), "x"), "writing the comment 100 on !7 anew"),
        (lambda platform: platform.delete_comment(PULL, Comment(100, "")), "deleting the comment 100 on !7"),
        (lambda platform: platform.add_label(PULL, "x"), "setting the label x on !7"),
        (lambda platform: platform.remove_label(PULL, "x"), "taking the label x off !7"),
        (lambda platform: platform.create_issue("t", "b", "x"), "opening an issue"),
        (lambda platform: platform.update_issue(Issue(1, ""), "b"), "writing issue 1 anew"),
        (lambda platform: platform.close_issue(Issue(1, ""), "c"), "closing issue 1"),
    ],
)
def test_write_needs_token_that_may_write(
    connect: Connect,
    project: GitLabProject,
    tokens: dict[str, str],
    does: Callable[[gitlab.GitLab], None],
    doing: str,
) -> None:
    project.add_note(7, "as it was")

    with pytest.raises(PlatformError) as raised:
        does(connect(**tokens))

    assert str(raised.value).startswith(f"GitLab: {doing} failed: 40")
    assert str(raised.value).endswith("GITLAB_TOKEN, a token of the role Developer with the scope api")
    assert project.notes(7) == ["as it was"]
    assert project.issues == {}


def test_refused_read_names_token_that_may_read(connect: Connect, server: GitLabServer, project: GitLabProject) -> None:
    server.refuse("GET /api/v4/projects/42/merge_requests/7", 404, message="404 Project Not Found")
    advice = "give this job a masked variable GITLAB_READ_TOKEN"

    with pytest.raises(PlatformError, match=rf"^GitLab: reading !7 failed: 404: 404 Project Not Found; {advice}"):
        connect(**JOB).read_labels(PULL)
    with pytest.raises(PlatformError, match=r"^GitLab: reading !7 failed: .*; check that GITLAB_TOKEN is not expired"):
        connect(**WRITE).read_labels(PULL)
    assert project.merge_requests


def test_error_of_server_is_one_line_without_token(connect: Connect, server: GitLabServer) -> None:
    server.refuse("POST", 400, message="::error::two\nlines")

    with pytest.raises(PlatformError) as raised:
        connect(**WRITE).create_comment(PULL, "x")

    assert str(raised.value) == "GitLab: writing a comment on !7 failed: 400: ::error::two lines; run the job again"
    assert len(server.requests) == 1


@pytest.mark.slow
def test_read_is_repeated_and_write_is_not_when_server_is_overloaded(connect: Connect, server: GitLabServer) -> None:
    server.refuse("merge_requests/7", 503, message="busy")
    platform = connect(**WRITE)

    for call in (lambda: platform.read_labels(PULL), lambda: platform.add_label(PULL, "x")):
        with pytest.raises(PlatformError, match=r"failed: 503: busy; run the job again$"):
            call()

    assert [method for method, _ in server.requests] == ["GET"] * 4 + ["PUT"]


@pytest.mark.parametrize("password", ["Geh3im[", "Geh3im%E2%82%AC", "Geh3im/"])
def test_error_is_one_line_when_the_address_of_the_proxy_cannot_be_used(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://maria:{password}@127.0.0.1:1")
    platform = connect(**WRITE, CI_API_V4_URL="https://gitlab.example/api/v4")
    advice = "check the token, and user and password in HTTPS_PROXY"
    with pytest.raises(PlatformError, match=rf"failed: no response \([A-Za-z]+\); {advice}$") as failed:
        platform.list_comments(PULL)
    assert "Geh3im" not in str(failed.value)


@pytest.mark.slow
def test_server_that_can_not_be_reached_is_said(connect: Connect, server: GitLabServer) -> None:
    platform = connect(**WRITE)
    server.close()

    with pytest.raises(
        PlatformError, match=r"^GitLab: setting .* failed: no response \(ConnectionError\); run the job"
    ):
        platform.add_label(PULL, "x")


@pytest.fixture
def elsewhere() -> Iterator[GitLabServer]:
    """Yields another server that has what is redirected to it, for whoever asks."""
    with GitLabServer() as server:
        server.is_public = True
        yield server


@pytest.mark.parametrize("tokens", [JOB, READ, WRITE])
def test_token_does_not_follow_redirect_to_another_server(
    connect: Connect, server: GitLabServer, project: GitLabProject, elsewhere: GitLabServer, tokens: dict[str, str]
) -> None:
    elsewhere.project.open_merge_request(7, HEAD)["labels"] = ["as seen there"]
    server.redirect("/merge_requests/7", elsewhere.address)

    assert connect(**tokens).read_labels(PULL) == {"as seen there"}

    assert len(server.tokens) == 1
    assert len(elsewhere.requests) == 1
    assert elsewhere.tokens == []
    assert project.merge_requests


@pytest.mark.parametrize("tokens", [JOB, READ, WRITE])
def test_plan_is_downloaded_without_token_from_where_artifacts_are_stored(
    connect: Connect, server: GitLabServer, elsewhere: GitLabServer, tmp_path: Path, tokens: dict[str, str]
) -> None:
    for project in (server.project, elsewhere.project):
        project.add_job(30, "links-preview", HEAD, _keep_plan(tmp_path / str(id(project)), "plan"))
    server.project.open_merge_request(7, HEAD)["head_pipeline"] = {"id": 30, "sha": HEAD, "project_id": PROJECT}
    server.redirect("/artifacts/", elsewhere.address)

    assert connect(**tokens).download_plan(PULL, "acme/prod", tmp_path)

    assert len(server.tokens) == 3
    assert len(elsewhere.requests) == 1
    assert elsewhere.tokens == []


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ("https://gitlab.example/a", "https://gitlab.example/b", True),
        ("https://gitlab.example/a", "http://gitlab.example/a", False),
        ("https://gitlab.example/a", "https://gitlab.example:8443/a", False),
        ("https://gitlab.example/a", "https://files.gitlab.example/a", False),
    ],
)
def test_token_stays_with_host_port_and_scheme(before: str, after: str, stays: bool) -> None:
    headers = {"PRIVATE-TOKEN": WRITE_TOKEN, "JOB-TOKEN": JOB_TOKEN, "Accept": "*/*"}
    response = requests.Response()
    response.request = requests.Request("GET", before, headers).prepare()
    redirected = requests.Request("GET", after, headers).prepare()

    open_session().rebuild_auth(redirected, response)

    assert dict(redirected.headers) == (headers if stays else {"Accept": "*/*"})


def test_deleting_reports_what_is_no_absence(connect: Connect, server: GitLabServer, project: GitLabProject) -> None:
    note = project.add_note(7, "ours")
    server.refuse("DELETE", 403, message="403 Forbidden")

    with pytest.raises(PlatformError, match="403 Forbidden"):
        connect(**WRITE).delete_comment(PULL, Comment(note["id"], ""))


@pytest.mark.parametrize("tokens", [JOB, WRITE])
@pytest.mark.parametrize(
    "commits", [{"merge_commit_sha": MERGE, "squash_commit_sha": "e" * 40}, {"squash_commit_sha": MERGE}, {}]
)
def test_merge_is_found_by_its_commit(
    connect: Connect, project: GitLabProject, commits: dict[str, str], tokens: dict[str, str]
) -> None:
    commit = MERGE if commits else HEAD
    project.merge(7, **commits)
    project.open_merge_request(8, "other")
    project.merge(8, merge_commit_sha="later")
    project.open_merge_request(9, commit)
    project.open_merge_request(10, commit)["target_branch"] = "release"
    project.merge(10)

    found = connect(**tokens, CI_COMMIT_BRANCH="main").find_merged(commit)

    assert found == [PullRequest(7, HEAD, merge_commit=commit)]


def test_merges_since_last_deployment_are_found(connect: Connect, project: GitLabProject) -> None:
    for number in (8, 9, 10, 11):
        project.open_merge_request(number, f"head{number}", source=FORK if number == 10 else PROJECT)
    for number in (8, 9, 10, 11):
        project.merge(number, merge_commit_sha=f"merge{number}")
    project.deploy(10, "links/up", "merge8")
    project.deploy(20, "links/up", "merge9", status="failed")
    project.deploy(20, "other/up", "merge9")
    # What this run has deployed itself, when its comment is written.
    project.deploy(50, "links/up", "merge10")
    project.deployments.append({**project.deployments[0], "deployable": None})

    found = connect(**WRITE, CI_COMMIT_BRANCH="main", CI_ENVIRONMENT_NAME="links/comment").find_merged("merge10")

    nine, ten = PullRequest(9, "head9", merge_commit="merge9"), PullRequest(10, "head10", True, "merge10")
    assert found == [nine, ten]


def test_only_own_merge_is_found_when_last_deployment_is_not_in_branch(
    connect: Connect, project: GitLabProject
) -> None:
    project.merge(7, merge_commit_sha=MERGE)
    project.deploy(10, "links/up", "forced-away")

    found = connect(**WRITE, CI_COMMIT_BRANCH="main").find_merged(MERGE)

    assert [pull.number for pull in found] == [7]


def _keep_plan(folder: Path, text: str, commit: str = HEAD) -> Path:
    file = folder / "links-preview" / commit / "plans" / "acme+prod.json"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("tokens", [JOB, READ, WRITE])
def test_plan_is_that_of_newest_preview(
    connect: Connect, project: GitLabProject, tmp_path: Path, tokens: dict[str, str]
) -> None:
    for number in (1, 2):
        project.add_job(30, "links-preview", HEAD, _keep_plan(tmp_path / str(number), f"plan {number}"))
    project.add_job(30, "links-comment", HEAD, _keep_plan(tmp_path / "3", "not a preview's"))
    project.merge_requests[7]["head_pipeline"] = {"id": 30, "sha": HEAD, "project_id": PROJECT}

    file = connect(**tokens).download_plan(PULL, "acme/prod", tmp_path)

    assert file == tmp_path / "acme+prod.json"
    assert file.read_text("utf-8") == "plan 2"


def test_plan_is_missing_when_nobody_can_have_seen_it(connect: Connect, project: GitLabProject, tmp_path: Path) -> None:
    platform = connect(**JOB)
    merge_request = project.merge_requests[7]

    assert platform.download_plan(PULL, "acme/prod", tmp_path) is None
    merge_request["head_pipeline"] = {"id": 30, "sha": HEAD, "project_id": PROJECT}
    assert platform.download_plan(PULL, "acme/prod", tmp_path) is None
    project.add_job(30, "links-preview", HEAD)
    assert platform.download_plan(PULL, "acme/prod", tmp_path) is None
    project.add_job(30, "links-preview", HEAD, _keep_plan(tmp_path / "older", "plan", "older"))
    assert platform.download_plan(PULL, "acme/prod", tmp_path) is None
    project.add_job(30, "links-preview", HEAD, _keep_plan(tmp_path / "newest", "plan"))
    assert platform.download_plan(PullRequest(7, HEAD, is_fork=True), "acme/prod", tmp_path) is None
    merge_request["head_pipeline"]["project_id"] = FORK
    assert platform.download_plan(PULL, "acme/prod", tmp_path) is None
    merge_request["head_pipeline"]["project_id"] = PROJECT
    assert platform.download_plan(PULL, "acme/prod", tmp_path)


def test_plan_is_refused_when_it_is_too_long_or_may_not_be_read(
    connect: Connect, server: GitLabServer, project: GitLabProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.add_job(30, "links-preview", HEAD, _keep_plan(tmp_path / "1", "plan"))
    project.merge_requests[7]["head_pipeline"] = {"id": 30, "sha": HEAD, "project_id": PROJECT}
    monkeypatch.setattr(gitlab, "_MAX_PLAN_BYTES", 3)

    with pytest.raises(PlatformError, match=rf"^GitLab: downloading the plan of {HEAD} for !7 failed: it has over 3 b"):
        connect(**JOB).download_plan(PULL, "acme/prod", tmp_path)
    server.refuse("/artifacts/", 403, message="403 Forbidden")
    with pytest.raises(PlatformError, match="403 Forbidden; give this job a masked variable GITLAB_READ_TOKEN"):
        connect(**JOB).download_plan(PULL, "acme/prod", tmp_path)


def _keep_report(folder: Path, **texts: bytes) -> Path:
    report = folder / "links-preview" / HEAD
    report.mkdir(parents=True)
    for name, text in texts.items():
        (report / name.replace("_", ".")).write_bytes(text)
    return folder


def test_report_is_that_of_last_run_of_job_in_this_pipeline(
    connect: Connect, project: GitLabProject, tmp_path: Path
) -> None:
    for number, (pipeline, job) in enumerate([(50, "links-preview")] * 2 + [(50, "links-up"), (51, "links-preview")]):
        texts = {"report_json": b"%d" % number, "comment_md": b"text", "other_txt": b"not downloaded"}
        project.add_job(pipeline, job, HEAD, _keep_report(tmp_path / str(number), **texts))
    folder = tmp_path / "report"
    folder.mkdir()

    assert connect(**WRITE).download_report("links-preview", f"links-preview/{HEAD}", folder)

    read = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    assert read == {"report.json": "1", "comment.md": "text"}


def test_no_more_of_a_report_is_downloaded_than_is_needed_to_refuse_it(
    connect: Connect, project: GitLabProject, tmp_path: Path
) -> None:
    long = b"x" * (MAX_COMMENT_BYTES + 5000)
    project.add_job(50, "links-preview", HEAD, _keep_report(tmp_path / "1", report_json=long, comment_md=long[:-5000]))

    assert connect(**WRITE).download_report("links-preview", f"links-preview/{HEAD}", tmp_path)

    assert (tmp_path / "report.json").stat().st_size == MAX_COMMENT_BYTES + 1
    assert (tmp_path / "comment.md").stat().st_size == MAX_COMMENT_BYTES


def test_report_that_is_missing_or_refused_is_told_apart(
    connect: Connect, server: GitLabServer, project: GitLabProject, tmp_path: Path
) -> None:
    platform = connect(**WRITE)
    where = ("links-preview", f"links-preview/{HEAD}", tmp_path)

    assert not platform.download_report(*where)
    project.add_job(50, "links-preview", HEAD)
    assert not platform.download_report(*where)
    project.add_job(50, "links-preview", HEAD, _keep_report(tmp_path / "1", comment_md=b"text"))
    assert not platform.download_report(*where)
    project.add_job(50, "links-preview", HEAD, _keep_report(tmp_path / "2", report_json=b"{}"))
    assert platform.download_report(*where)
    server.refuse("/artifacts/", 403, message="403 Forbidden")
    with pytest.raises(PlatformError, match=rf"downloading the report in links-preview/{HEAD} of the job links-prev"):
        platform.download_report(*where)


def test_issue_is_opened_changed_and_closed(connect: Connect, project: GitLabProject) -> None:
    platform = connect(**WRITE)
    project.issues[1] = {"iid": 1, "state": "opened", "author": MALLORY, "labels": ["drift"], "description": "forged"}

    platform.create_issue("Drift", "one", "drift")
    project.issues[3] = {**project.issues[2], "iid": 3, "state": "closed"}
    project.issues[4] = {**project.issues[2], "iid": 4, "description": None}
    assert platform.list_issues("drift") == [Issue(2, "one"), Issue(4, "")]
    platform.update_issue(Issue(2, "one"), "two")
    assert project.issues[2]["description"] == "two"
    platform.close_issue(Issue(2, "two"), "as declared again")

    assert project.issues[2]["state"] == "closed"
    assert project.notes(2, on="issues") == ["as declared again"]


def test_log_and_run(connect: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    platform = connect(**JOB)

    platform.log("warning", "one \x1b[0Kline")
    platform.write_summary("# Summary")
    platform.write_outputs({"outcome": "fine"})
    with platform.quiet_log():
        pass

    assert platform.name == "GitLab"
    assert platform.run_url() == "https://gitlab.example/acme/links/-/pipelines/50"
    assert capsys.readouterr() == ("", "warning: one \\u001b[0Kline\n")
