"""The example's drift workflow on the real CLI: when it opens an issue, and what the issue says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.engine.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator


def test_drift_workflow_opens_one_issue_and_closes_it_when_drift_is_repaired(
    tmp_path: Path, one_userplane: Emulator
) -> None:
    one_userplane.reset()
    repository = Repository(tmp_path / "repository", one_userplane)
    repository.shell("pulumi stack init prod; pulumi up --yes --skip-preview")
    [edited, _] = [link["linkId"] for link in one_userplane.links]

    one_userplane.edit_link(edited, linkTitle="By hand")
    assert repository.drift().code == 0
    [issue] = repository.github.read()["issues"]
    assert "By hand" in issue["body"]
    assert (issue["state"], issue["title"]) == ("open", "Recording links of prod were changed outside Pulumi")
    [refresh] = repository.root.glob("jobs/*/refresh.json")
    recorded = tmp_path / "recorded"
    recorded.mkdir()
    (recorded / "refresh.json").write_text(refresh.read_text("utf-8").replace("By hand", "By another hand"), "utf-8")
    with repository.replayed(recorded):
        assert repository.drift().code == 0

    [issue] = repository.github.read()["issues"]
    assert issue["state"] == "open"
    assert "By another hand" in issue["body"]
    repository.key = "uspl_revoked"
    failed = repository.drift()
    assert failed.code == 1
    assert "API_KEY_INVALID" in failed.log
    assert repository.github.read()["issues"] == [issue]
    repository.key = one_userplane.api_key
    assert repository.run_up(links_may_die=False).code == 0
    assert repository.drift().outputs == {"verdict": "clean"}
    closed = repository.github.read()
    [issue] = closed["issues"]
    assert issue["state"] == "closed"
    [comment] = repository.comments(on=issue["number"])
    assert "as declared again" in comment
    # Without drift and without an issue there is nothing to do.
    assert repository.job("drift", "issue", needs__look__outputs__verdict="clean").code == 0
    repository.github.write({**closed, "issues": [], "comments": []})
    assert repository.job("drift", "issue", needs__look__outputs__verdict="clean").code == 0
    assert repository.github.read()["issues"] == []
    repository.check_key()
