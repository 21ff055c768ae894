"""The review counts links and other resources, names locations, and refuses files that do not belong together."""

from __future__ import annotations

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.build import build_review
from pulumi_userplane.cli.review.model import (
    OtherChanges,
)
from pulumi_userplane.cli.stack import Stack
from pulumi_userplane.recovery.state_reader import Resource
from tests.support.previews import (
    preview,
    read_links,
    refresh,
    review_after_reads,
    reviewed,
    step,
)
from tests.support.states import planned, state


def test_review_counts_other_resources_by_operation_and_type() -> None:
    other = "shop:index:Tickets"
    review = reviewed(
        step("create", None, planned("x", type_=other)),
        step("create", None, planned("y", type_=other)),
        step("same", state("z", type_=other), planned("z", type_=other)),
    )
    assert review.others == (OtherChanges("create", other, 2),)
    assert review.changes == ()


def test_build_review_refuses_files_of_another_command_or_stack() -> None:
    with pytest.raises(ConfigurationError, match=r"^the preview comes from `pulumi refresh`; pass it with --drift"):
        build_review(refresh())
    with pytest.raises(ConfigurationError, match="the file of --drift comes from `pulumi preview`"):
        build_review(None, preview(step("create", None, planned("a"))))
    other = Stack("p", "prod", ())
    with pytest.raises(ConfigurationError, match="different stacks: p/dev and p/prod"):
        build_review(preview(), refresh(), other)
    assert build_review(preview(), refresh(), Stack("p", "dev", ())).stack == ("p", "dev")


def test_review_counts_links_from_state_refresh_or_steps() -> None:
    links = [state("a"), state("b"), state("c", external=True)]
    delete = step("delete", links[0])
    counted = [
        reviewed(delete, step("create", None, planned("n"))),
        build_review(preview(*read_links(*links), delete)),
        build_review(preview(delete), None, Stack("p", "dev", tuple(Resource(**link) for link in links))),
        build_review(None, refresh()),
    ]
    assert [(review.links, review.are_all_links) for review in counted] == [
        (1, False),
        (2, True),
        (2, True),
        (0, False),
    ]


def test_review_names_domains_and_projects_when_any_link_tells_them() -> None:
    link = state("a", outputs={"project": {"project_id": "prj_1", "title": ""}})
    review = build_review(preview(*read_links(link)), None, Stack("p", "dev", (Resource(**state("b")),)))
    assert review.location_names == {"dom_help": "help.acme.example", "prj_1": "Acme"}


def test_review_does_not_know_all_links_when_refresh_reads_targets_only() -> None:
    assert review_after_reads([state("a"), state("b")], same=3).are_all_links
    assert not review_after_reads([state("a")], same=3).are_all_links


def test_review_leaves_out_deleted_links_when_it_counts() -> None:
    gone = step("create", None, planned("a"))
    assert review_after_reads([state("a"), state("b")], gone, same=2, create=1).links == 1
