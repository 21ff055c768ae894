"""The severity of a comment is that of its worst stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.model import Severity, find_worst
from pulumi_userplane.cli.review.section import ReviewedStack
from tests.support.previews import (
    UNKNOWN,
    deleted_outside,
    drifted,
    preview,
    read_links,
    refresh,
    replaced_link,
    review_refreshed,
    reviewed,
    step,
)
from tests.support.states import planned, state

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.model import Review

MAYBE = step("replace", state("b"), planned("b", domain_id=UNKNOWN), replaceReasons=["domain_id"])


@pytest.mark.parametrize(
    ("review", "expected"),
    [
        (reviewed(), Severity.NONE),
        (build_review(None, refresh()), Severity.NONE),
        (reviewed(step("create", None, planned("x", type_="shop:index:Ticket"))), Severity.NONE),
        (reviewed(step("create", None, planned("a"))), Severity.CHANGE),
        (review_refreshed(drifted("a")), Severity.CHANGE),
        (review_refreshed(deleted_outside("a")), Severity.CHANGE),
        (build_review(preview(*read_links(state("a")), same=0)), Severity.CHANGE),
        (reviewed(step("delete", state("a", retainOnDelete=True))), Severity.CHANGE),
        (reviewed(step("delete", state("a"))), Severity.ADDRESS_DIES),
        (reviewed(replaced_link("a")), Severity.ADDRESS_DIES),
        (reviewed(MAYBE), Severity.ADDRESS_DIES),
    ],
)
def test_severity_is_the_worst_that_happens_to_a_link(review: Review, expected: Severity) -> None:
    assert ReviewedStack(review).severity is expected


def test_worst_severity_is_that_of_any_stack() -> None:
    assert find_worst([Severity.NONE, Severity.ADDRESS_DIES, Severity.CHANGE]) is Severity.ADDRESS_DIES
    assert find_worst([Severity.CHANGE, Severity.NONE]) is Severity.CHANGE
    assert find_worst([Severity.NONE]) is find_worst([]) is Severity.NONE
