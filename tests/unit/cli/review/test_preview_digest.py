"""The CLI's JSON is read, and other files are refused."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.preview_digest import Source, parse_digest
from tests.support.previews import preview, refresh, stack_step, step, text
from tests.support.states import planned, state, urn


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "f is empty; check whether the `pulumi` command before it failed"),
        (" \n", "f is empty"),
        (
            "error: no stack",
            "f is not what the Pulumi CLI writes with --json; write it with `pulumi preview --refresh ",
        ),
        ("{}", "f is not what the Pulumi CLI writes with --json; "),
        ("[]", "f is not what the Pulumi CLI writes"),
        ('{"steps": []}', "f lists no resource, not even the stack, so the preview did not finish"),
    ],
)
def test_parse_digest_fails_when_the_file_is_no_preview(given: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_digest(given, "f")
    assert expected in str(caught.value)


def test_parse_digest_fails_when_the_run_failed() -> None:
    diagnostics = [{"severity": "warning", "message": "w"}, {"severity": "error", "message": "link_title:\n too long"}]
    with pytest.raises(ConfigurationError, match="a run that failed, so it is incomplete: link_title: too long"):
        parse_digest(text(diagnostics=diagnostics), "f")
    assert parse_digest(text(diagnostics=diagnostics[:1]), "f").steps


def test_digest_names_its_stack() -> None:
    assert preview().stack == ("p", "dev")


def test_digest_has_two_steps_for_a_link_when_the_preview_refreshes() -> None:
    link = state("a")
    refreshed = preview(stack_step("refresh"), step("refresh", link, link), step("delete", link))
    assert refreshed.source is Source.PREVIEW
    assert list(refreshed.refresh_steps) == [urn("a")]
    assert [planned_step.op for planned_step in refreshed.planned] == ["same", "delete"]


@pytest.mark.parametrize(
    ("steps", "source"),
    [
        ([step("refresh", state("a"), state("a"))], Source.REFRESH),
        ([step("update", state("a"), state("a"))], Source.REFRESH),
        ([step("update", state("a"), planned("a"))], Source.PREVIEW),
        ([step("create", None, planned("a"))], Source.PREVIEW),
        ([step("create", None, planned("a", type_="shop:index:Tickets"))], None),
        ([step("delete", state("a"))], None),
        ([], None),
    ],
)
def test_digest_tells_its_command_when_the_refresh_ran_the_program(
    steps: list[dict[str, Any]], source: Source | None
) -> None:
    assert preview(*steps).source is source
    assert refresh(*(planned_step for planned_step in steps if planned_step["op"] != "create")).source is Source.REFRESH


def test_step_is_of_link_when_the_link_is_managed() -> None:
    steps = preview(
        step("update", state("a"), planned("a")),
        step("replace", state("a", delete=True), planned("a")),
        step("read", state("b", external=True), state("b", external=True)),
        step("create", None, planned("c", type_="shop:index:Tickets")),
        step("read", state("d"), state("d", external=True)),
        step("replace", state("e"), state("e", external=True)),
        {"op": "same", "urn": urn("f", "acme:Support$shop:index:Tickets")},
    ).steps
    assert [planned_step.is_of_link for planned_step in steps] == [False, True, True, False, False, False, True, False]
    assert [planned_step.type for planned_step in steps[4::3]] == ["shop:index:Tickets", "shop:index:Tickets"]
