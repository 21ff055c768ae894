"""The real CLI writes what `review` reads, for every kind of change."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.model import DeletionOutcome, DriftOutcome, LinkChangeKind
from pulumi_userplane.cli.review.preview_digest import parse_digest
from tests.engine.pull_requests import (
    DEPLOYED,
    OPTIONS,
    OPTIONS_DEPLOYED,
    PICTURED,
    PULL_REQUESTS,
    TAINTED,
    PullRequest,
    Recorder,
)
from tests.unit.cli.review import recorded
from tests.unit.cli.review.recorded import COMMENT, IS_RECORDING, PREVIEW, STATE, TEXT, read, render_recorded, write

if TYPE_CHECKING:
    from tests.engine.stack import Stack

UNCHANGED = "Tickets('old', 'old')"


def test_cli_writes_what_was_recorded(stack: Stack) -> None:
    recorder = Recorder(stack)
    if IS_RECORDING:
        write("", {STATE: recorder.state()})
    for pull_request in (*PULL_REQUESTS, PICTURED):
        folder = recorded.PICTURED if pull_request is PICTURED else recorded.FOLDER
        files = recorder.record(pull_request)
        if IS_RECORDING:
            write(pull_request.name, files, folder=folder)
        else:
            assert render_recorded(files, folder=folder) == read(pull_request.name, COMMENT, TEXT, folder=folder)


def test_cli_writes_options_as_recorded(stack: Stack) -> None:
    recorder = Recorder(stack, OPTIONS_DEPLOYED.source)
    recorder.run("state", "taint", "--yes", *(stack.links()[name]["urn"] for name in TAINTED))
    for pull_request in OPTIONS:
        files = recorder.record(pull_request)
        if IS_RECORDING:
            write(pull_request.name, files, folder=recorded.OPTIONS)
        else:
            assert render_recorded(files, folder=recorded.OPTIONS) == read(
                pull_request.name, COMMENT, TEXT, folder=recorded.OPTIONS
            )


def test_old_address_is_kept_when_an_earlier_up_recorded_the_option(stack: Stack) -> None:
    recorder = Recorder(stack)
    kept = "pulumi.ResourceOptions(retain_on_delete=True)"
    moved = {"refunds": ("{'domain_id': 'dom_app', 'link_title': 'Refunds'}", kept)}
    change = PullRequest("both-at-once", moved, UNCHANGED)
    noted = PullRequest("noted", {"refunds": (DEPLOYED["refunds"][0], kept)}, UNCHANGED)
    too_late = {**moved, "login": ("{'domain_id': 'dom_app', 'link_title': 'Login trouble'}", kept)}
    address, lost = (stack.links()[name]["outputs"]["link_url"] for name in ("refunds", "login"))

    assert [link.removes_address for link in recorder.review(change).changes] == [True]
    assert recorder.review(noted).changes == ()
    stack.up()
    after = {change.name: change for change in recorder.review(PullRequest("too-late", too_late, UNCHANGED)).changes}
    assert (after["login"].keeps_old_link, after["login"].removes_address) == (False, True)
    kept_one = after["refunds"]
    assert (kept_one.keeps_old_link, kept_one.removes_address, kept_one.address) == (True, False, address)
    stack.up()
    live = [link["linkURL"] for link in stack.live().values()]
    assert address in live
    assert lost not in live
    assert {link["outputs"]["link_url"] for link in stack.links().values()} <= set(live)


def test_drift_is_told_apart_from_a_failed_refresh(stack: Stack) -> None:
    recorder = Recorder(stack)
    refresh = ("refresh", "--preview-only", "--json")
    assert build_review(None, parse_digest(recorder.run(*refresh), "refresh.json")).drift == ()
    stack.userplane.edit_link(stack.links()["login"]["id"], linkTitle="Edited by hand")
    # The CLI's own option makes another code of it, and no other JSON.
    for option, code in (("--expect-no-changes", 7), ("--run-program", 0)):
        [drift] = build_review(None, parse_digest(recorder.run(*refresh, option, code=code), "refresh.json")).drift
        assert [field.change.path for field in drift.fields] == ["link_title"]
    recorder.run("preview", "--json", "--expect-no-changes")
    for arguments, failure in (
        (refresh, "401 API_KEY_INVALID"),
        (("preview", "--json", "--refresh"), "401 API_KEY_IN"),
    ):
        with pytest.raises(ConfigurationError, match=failure):
            parse_digest(recorder.run(*arguments, code=1, USERPLANE_API_KEY="uspl_revoked"), "f")


def test_preview_is_refused_when_it_failed(stack: Stack) -> None:
    recorder = Recorder(stack)
    stack.declare(checkout={"domain_id": "dom_help", "link_title": "x" * 256})
    output = recorder.run("preview", "--json", code=1)
    with pytest.raises(ConfigurationError, match="link_title: is 256 characters long; the limit is 255"):
        parse_digest(output, "preview.json")


def test_drift_is_found_when_links_are_renamed_or_removed(stack: Stack) -> None:
    def renamed(name: str) -> tuple[str, str]:
        return DEPLOYED[name][0], f"pulumi.ResourceOptions(aliases=[pulumi.Alias(name={name!r})])"

    links = {
        "login": None,
        "sign-in": renamed("login"),
        "refunds": None,
        "money-back": renamed("refunds"),
        "vip": None,
        "untitled": ("{'domain_id': 'dom_app', 'link_reusable': True, 'adopt': 'lnk_untitled'}", "None"),
    }
    by_hand = {"login": {"linkTitle": "By hand"}, "refunds": None, "vip": None, "untitled": None}
    recorder = Recorder(stack)
    for arguments in (("--refresh",), ("--refresh", "--show-replacement-steps")):
        change = PullRequest("by-hand", links, UNCHANGED, by_hand, arguments)
        review = build_review(parse_digest(recorder.record(change)[PREVIEW], PREVIEW))
        assert [(change.name, change.kind) for change in review.changes] == [
            ("untitled", LinkChangeKind.RECREATED),
            # No step says that it was `refunds`: the engine looks for aliases among what lives.
            ("money-back", LinkChangeKind.CREATED),
        ]
        assert {link.name: link.deletion_outcome for link in review.drift if link.is_deleted} == {
            "untitled": DeletionOutcome.FAILS
        }
        assert [field.outcome for drift in review.drift for field in drift.fields] == [DriftOutcome.PUT_BACK]
        # `vip` and `refunds`: the engine lists no step for them, and counts them with nothing that lives.
        assert (review.unnamed_link_deletions, review.links) == (2, 3)


def test_link_loses_protection_when_protect_is_removed(stack: Stack) -> None:
    recorder = Recorder(stack)
    guarded = (DEPLOYED["login"][0], "pulumi.ResourceOptions(protect=True)")
    assert recorder.review(PullRequest("protected", {"login": guarded}, UNCHANGED)).changes == ()
    stack.up()
    [change] = recorder.review(PullRequest("no-longer", {}, UNCHANGED)).changes
    assert (change.name, change.loses_protection, change.fields) == ("login", True, ())


def test_replacement_names_the_resource_that_is_replaced_first(stack: Stack) -> None:
    def change(domain: str) -> PullRequest:
        program = f"""
        first = userplane.RecordingLink(
            'first', {{'domain_id': {domain!r}}}, pulumi.ResourceOptions(delete_before_replace=True)
        )
        userplane.RecordingLink('second', {{'domain_id': first.domain.domain_id}})
        """
        return PullRequest("first", {}, f"{UNCHANGED}\n{dedent(program)}")

    recorder = Recorder(stack)
    stack.program(change("dom_help").source)
    stack.up()
    first, second = recorder.review(change("dom_app")).changes
    assert (first.name, first.reasons, first.replaced_first) == ("first", ("domain_id",), ())
    assert (second.name, second.reasons, second.replaced_first) == ("second", ("domain_id",), ("first",))
    assert (second.is_uncertain, second.removes_address) == (False, True)
