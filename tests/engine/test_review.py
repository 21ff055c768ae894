"""What `review` reads is what the real CLI writes, for every kind of change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.reviewing.deciding import decide
from pulumi_userplane.cli.reviewing.digest import digest
from tests.engine.pull_requests import DEPLOYED, PULL_REQUESTS, PullRequest, Recorder
from tests.unit.cli.reviewing.recorded import COMMENT, IS_RECORDING, STATE, TEXT, read, said_of, write

if TYPE_CHECKING:
    from tests.engine.stack import Stack


def test_the_real_cli_says_what_was_recorded(stack: Stack) -> None:
    recorder = Recorder(stack)
    if IS_RECORDING:
        write("", {STATE: recorder.state()})
    for each in PULL_REQUESTS:
        files = recorder.record(each)
        if IS_RECORDING:
            write(each.name, files)
        else:
            assert said_of(files) == read(each.name, COMMENT, TEXT)


def test_an_old_address_is_kept_only_by_what_an_earlier_up_has_noted(stack: Stack) -> None:
    recorder = Recorder(stack)
    kept = "pulumi.ResourceOptions(retain_on_delete=True)"
    moved = {"refunds": ("{'domain_id': 'dom_app', 'link_title': 'Refunds'}", kept)}
    change = PullRequest("both-at-once", moved, "Tickets('old', 'old')")
    noted = PullRequest("noted", {"refunds": (DEPLOYED["refunds"][0], kept)}, change.program)
    address = stack.links()["refunds"]["outputs"]["link_url"]

    assert [each.kills_address for each in recorder.review(change).changes] == [True]
    assert recorder.review(noted).changes == ()
    stack.up()
    [after] = recorder.review(change).changes
    assert (after.is_kept, after.kills_address, after.address) == (True, False, address)
    stack.up()
    live = [link["linkURL"] for link in stack.live().values()]
    assert address in live
    assert stack.links()["refunds"]["outputs"]["link_url"] in live


def test_an_option_that_comes_too_late_keeps_nothing(stack: Stack) -> None:
    stack.declare(help={"domain_id": "dom_help"})
    stack.up()
    stack.declare("pulumi.ResourceOptions(retain_on_delete=True)", help={"domain_id": "dom_app"})
    stack.up()
    assert [link["domain"]["domainId"] for link in stack.live().values()] == ["dom_app"]


def test_drift_is_told_from_failure(stack: Stack) -> None:
    recorder = Recorder(stack)
    refresh = ("refresh", "--preview-only", "--json")
    assert decide(None, digest(recorder.said(*refresh), "refresh.json")).drift == ()
    stack.userplane.edit_link(stack.links()["login"]["id"], linkTitle="Edited by hand")
    for arguments in (refresh, (*refresh, "--run-program")):
        [drift] = decide(None, digest(recorder.said(*arguments), "refresh.json")).drift
        assert [each.change.path for each in drift.fields] == ["link_title"]
    # What the CLI's own option makes of it.
    assert decide(None, digest(recorder.said(*refresh, "--expect-no-changes", code=7), "f")).drift
    recorder.said("preview", "--json", "--expect-no-changes")
    for arguments, failure in (
        (refresh, "401 API_KEY_INVALID"),
        (("preview", "--json", "--refresh"), "401 API_KEY_IN"),
    ):
        with pytest.raises(ConfigurationError, match=failure):
            digest(recorder.said(*arguments, code=1, USERPLANE_API_KEY="uspl_revoked"), "f")


def test_half_a_preview_is_refused(stack: Stack) -> None:
    recorder = Recorder(stack)
    stack.declare(checkout={"domain_id": "dom_help", "link_title": "x" * 256})
    said = recorder.said("preview", "--json", code=1)
    with pytest.raises(ConfigurationError, match="link_title: is 256 characters long; the limit is 255"):
        digest(said, "preview.json")
