"""The types of the outputs of a link, for mypy and pyright; nothing here runs."""

from collections.abc import Mapping
from typing import Any

import pulumi
from typing_extensions import assert_type

from pulumi_userplane import LinkCreator, LinkDomain, LinkProject, RecordingLink


def outputs(link: RecordingLink) -> None:
    """The type of each output."""
    assert_type(link.id, pulumi.Output[str])
    assert_type(link.urn, pulumi.Output[str])
    assert_type(link.link_id, pulumi.Output[str])
    assert_type(link.link_url, pulumi.Output[str])
    assert_type(link.link_type, pulumi.Output[str])
    assert_type(link.created_at, pulumi.Output[str])
    assert_type(link.creator, pulumi.Output[LinkCreator])
    assert_type(link.project, pulumi.Output[LinkProject])
    assert_type(link.domain, pulumi.Output[LinkDomain])
    assert_type(link.workspace_id, pulumi.Output[str])
    assert_type(link.domain_id, pulumi.Output[str])
    assert_type(link.project_id, pulumi.Output[str | None])
    assert_type(link.link_title, pulumi.Output[str | None])
    assert_type(link.link_reusable, pulumi.Output[bool])
    assert_type(link.link_provider_type, pulumi.Output[str])
    assert_type(link.link_provider_id, pulumi.Output[str | None])
    assert_type(link.link_provider_ref, pulumi.Output[str | None])
    assert_type(link.meta, pulumi.Output[Mapping[str, Any] | None])
    assert_type(link.mark, pulumi.Output[str | None])
    # An argument that is not an output, and a misspelled output.
    _ = link.adopt  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    _ = link.link_titel  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def inside_apply(link: RecordingLink) -> None:
    """The value that `apply` passes to a function."""
    assert_type(link.link_url.apply(len), pulumi.Output[int])
    assert_type(link.creator.apply(lambda creator: creator.workspace_member_id), pulumi.Output[str])
    assert_type(link.creator.apply(lambda creator: creator.name), pulumi.Output[str | None])
    assert_type(link.project.apply(lambda project: project.project_id), pulumi.Output[str])
    assert_type(link.project.apply(lambda project: project.title), pulumi.Output[str | None])
    assert_type(
        link.domain.apply(lambda domain: f"{domain.domain_id} {domain.url} {domain.status}"), pulumi.Output[str]
    )
    link.domain.apply(lambda domain: domain.domain_url)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    link.link_title.apply(lambda title: title.upper())  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]


def outputs_in_programs(link: RecordingLink) -> None:
    """Where a program uses outputs."""
    pulumi.export("address", link.link_url)
    assert_type(pulumi.Output.concat("https://", link.link_url), pulumi.Output[str])
    # An attribute of an Output has no type.
    assert_type(link.domain.url, pulumi.Output[Any])
    text: str = link.link_url  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    pulumi.log.info(text)
