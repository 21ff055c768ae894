"""Which platform `ci` uses, and that none of them is needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli.ci.no_platform import NoPlatform
from pulumi_userplane.cli.ci.platform import (
    Comment,
    Issue,
    Platform,
    PlatformError,
    PlatformName,
    PullRequest,
    choose_platform,
    detect_platform,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PULL = PullRequest(7, "c1")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, PlatformName.NONE),
        ({"GITHUB_ACTIONS": "true"}, PlatformName.GITHUB),
        ({"GITLAB_CI": "true"}, PlatformName.GITLAB),
        ({"GITHUB_ACTIONS": "", "GITLAB_CI": "false", "CI": "true", "GITHUB_TOKEN": "x"}, PlatformName.NONE),
    ],
)
def test_platform_is_detected(
    environ: Mapping[str, str], expected: PlatformName, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    for name, text in environ.items():
        monkeypatch.setenv(name, text)
    assert detect_platform() is expected


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # Importing a module that is None in sys.modules fails as one that is not installed.
    monkeypatch.setitem(sys.modules, "pulumi_userplane.cli.ci.gitlab", None)
    with pytest.raises(PlatformError, match=r"install pulumi-userplane\[ci\], or use --platform none"):
        choose_platform(PlatformName.GITLAB)


def test_no_platform_reads_and_writes_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    platform: Platform = choose_platform(PlatformName.NONE)

    assert isinstance(platform, NoPlatform)
    assert (platform.name, platform.pull_request(), platform.commit(), platform.run_url()) == ("none", None, "", "")
    assert platform.read_head(PULL) == "c1"
    assert platform.read_labels(PULL) == set()
    assert [*platform.list_comments(PULL), *platform.find_merged("c1"), *platform.list_issues("drift")] == []
    assert platform.download_plan(PULL, "prod", tmp_path) is None
    assert not platform.download_report("preview", "report", tmp_path)
    platform.create_comment(PULL, "text")
    platform.update_comment(PULL, Comment(1, "old"), "text")
    platform.delete_comment(PULL, Comment(1, "old"))
    platform.add_label(PULL, "links: none")
    platform.remove_label(PULL, "links: none")
    platform.create_issue("title", "text", "drift")
    platform.update_issue(Issue(1, "old"), "text")
    platform.close_issue(Issue(1, "old"), "text")
    platform.write_summary("text")
    platform.write_outputs({"outcome": "fine"})
    with platform.quiet_log():
        platform.log("warning", "a line")
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "warning: a line\n")
