"""A report is downloaded from another job, and posted; where a preview left none, the comment says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_userplane.cli.ci.job_report import post_report_of_job
from pulumi_userplane.cli.ci.platform import PlatformError, PullRequest
from pulumi_userplane.cli.ci.report import Kind, Outcome, Report, StackReport
from pulumi_userplane.cli.review.model import Severity
from tests.support.ci_platform import PULL, MemoryPlatform

WHERE = ("links-preview", "links-preview/c1")


def _report(kind: Kind, outcome: Outcome = Outcome.FINE) -> dict[str, str]:
    stack = StackReport(project="p", stack="dev", outcome=outcome, severity=Severity.CHANGE)
    report = Report(kind=kind, stacks=(stack,))
    return {"comment.md": "what it does", "report.json": report.model_dump_json()}


def _post(platform: MemoryPlatform) -> bool:
    return post_report_of_job(platform, WHERE[0], Path(WHERE[1]), ["acme/p/dev"])


def test_report_of_the_job_is_posted() -> None:
    platform = MemoryPlatform(reports={WHERE: _report(Kind.PREVIEW)})

    assert _post(platform)

    [body] = platform.bodies()
    assert "what it does" in body


def test_comment_says_that_the_preview_left_no_report() -> None:
    platform = MemoryPlatform()
    platform.say("<!-- pulumi-userplane review p/dev -->")

    assert not _post(platform)

    [body] = platform.bodies()
    assert "Nobody knows what would change" in body


def test_comment_says_so_too_if_the_download_breaks_off() -> None:
    platform = MemoryPlatform(reports={WHERE: _report(Kind.PREVIEW)})
    whole = platform.download_report

    def break_off(job: str, path: str, folder: Path) -> bool:
        whole(job, path, folder)
        raise PlatformError("GitLab: downloading the report failed: 500")

    platform.download_report = break_off  # type: ignore[method-assign]

    assert not _post(platform)

    assert ("error", "GitLab: downloading the report failed: 500") in platform.lines
    [body] = platform.bodies()
    assert "Nobody knows what would change" in body


def test_nothing_is_posted_where_an_update_could_not_begin() -> None:
    platform = MemoryPlatform(pull=None, merged=[PULL])

    assert _post(platform)

    assert platform.bodies() == []
    [(level, line)] = platform.lines
    assert (level, line) == (
        "warning",
        "the job links-preview has left no report in links-preview/c1, so nothing is posted",
    )


def test_result_is_posted() -> None:
    merged = PullRequest(7, "c1", merge_commit="merge1")
    platform = MemoryPlatform(pull=None, merged=[merged], reports={WHERE: _report(Kind.RESULT)})

    assert _post(platform)

    assert len(platform.bodies()) == 1


def test_result_that_can_not_be_downloaded_is_an_error() -> None:
    platform = MemoryPlatform(pull=None, merged=[PULL])
    platform.fail("download_report", "GitLab: downloading the report failed: 500")

    with pytest.raises(PlatformError, match="500"):
        _post(platform)


def test_nothing_is_downloaded_for_a_fork() -> None:
    platform = MemoryPlatform(pull=PullRequest(7, "c1", is_fork=True))

    assert _post(platform)

    assert platform.requests == []
