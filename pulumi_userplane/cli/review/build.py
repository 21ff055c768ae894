"""Builds the review: what a preview means for those who hold the links' addresses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.drift import find_drift
from pulumi_userplane.cli.review.link_changes import OPS_WITHOUT_CHANGE, find_link_changes
from pulumi_userplane.cli.review.match_steps import match_steps
from pulumi_userplane.cli.review.model import OtherChanges, Review
from pulumi_userplane.cli.review.preview_digest import Source, plain_text
from pulumi_userplane.link_types import PLUGIN_LINK_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_userplane.cli.review.match_steps import MatchedSteps
    from pulumi_userplane.cli.review.preview_digest import Digest, Step
    from pulumi_userplane.cli.stack import Stack
    from pulumi_userplane.recovery.state_reader import Resource


def build_review(
    preview: Digest | None,
    refresh: Digest | None = None,
    state: Stack | None = None,
    *,
    has_refreshed: bool = False,
) -> Review:
    """Returns the review of a change.

    Args:
        preview: What `pulumi preview --json` wrote, with or without a refresh.
        refresh: What `pulumi refresh --preview-only --json` wrote.
        state: What the stack holds.
        has_refreshed: Whether the preview is known to have refreshed, which that of an empty stack does not show.

    Raises:
        ConfigurationError: They are not of one stack, one is given for the other, or they hold an unknown operation.
    """
    stack = _require_one_stack(preview, refresh, state)
    matched = match_steps(preview) if preview else None
    drift = find_drift(matched, refresh)
    # A refresh names everything that was deleted.
    unnamed_deletions = matched.unnamed_deletions if matched and refresh is None else 0
    are_unnamed_links = matched is None or matched.are_unnamed_links
    known, are_all_links = _find_known_links(matched, state)
    deleted = {link.urn for link in drift if link.is_deleted}
    steps = [*(preview.steps if preview else ()), *(refresh.steps if refresh else ())]
    links: list[Resource] = [link for step in steps for link in (step.old, step.new) if link and step.is_of_link]
    links += [link for link in state.resources if link.is_managed_link] if state else []
    return Review(
        stack,
        has_preview=preview is not None,
        is_refreshed=preview is not None and bool(preview.refresh_steps),
        knows_drift=has_refreshed or refresh is not None or (preview is not None and bool(preview.refresh_steps)),
        changes=find_link_changes(matched, drift, state.resources if state else ()) if matched else (),
        drift=drift,
        unnamed_deletions=unnamed_deletions,
        are_unnamed_links=are_unnamed_links,
        others=_count_other_changes(preview.planned) if preview else (),
        drifted_others=_count_drifted_others(refresh) if refresh else 0,
        links=max(len(known - deleted) - (unnamed_deletions if are_unnamed_links else 0), 0),
        are_all_links=are_all_links,
        location_names=_name_locations(links),
        is_of_plugin={link.type for link in links} == {PLUGIN_LINK_TYPE},
    )


def _require_one_stack(preview: Digest | None, refresh: Digest | None, state: Stack | None) -> tuple[str, str]:
    if preview is not None and preview.source is Source.REFRESH:
        raise ConfigurationError("the preview comes from `pulumi refresh`", next_step="pass it with --drift")
    if refresh is not None and refresh.source is Source.PREVIEW:
        raise ConfigurationError(
            "the file of --drift comes from `pulumi preview`",
            next_step="use `pulumi refresh --preview-only --json`",
        )
    stacks = [digest.stack for digest in (preview, refresh) if digest is not None]
    # The export of a stack without resources doesn't name it.
    stacks += [(state.project, state.name)] if state is not None and state.name else []
    if len(set(stacks)) != 1:
        names = " and ".join(sanitize("/".join(stack)) for stack in dict.fromkeys(stacks))
        raise ConfigurationError(f"the files come from different stacks: {names}", next_step="review one at a time")
    return stacks[0]


def _find_known_links(matched: MatchedSteps | None, state: Stack | None) -> tuple[set[str], bool]:
    """Returns the links that the state holds, deleted outside Pulumi or not, and whether those are all of the stack."""
    if state is not None:
        return {resource.urn for resource in state.resources if resource.is_managed_link}, True
    if matched is None:
        return set(), False
    if matched.preview.refresh_steps:
        return {*matched.preview.refresh_steps}, matched.has_read_all
    return {step.old.urn for step in matched.preview.planned if step.is_of_link and step.old}, False


def _count_other_changes(steps: Iterable[Step]) -> tuple[OtherChanges, ...]:
    counts = Counter(
        (step.op, step.type)
        for step in steps
        if not step.is_of_link and not step.is_of_stack and step.op not in OPS_WITHOUT_CHANGE
    )
    return tuple(sorted(OtherChanges(op, type_, count) for (op, type_), count in counts.items()))


def _count_drifted_others(refresh: Digest) -> int:
    # A refresh that runs the program shows components as well, which live nowhere else.
    return sum(
        step.op in {"update", "delete"} and not step.is_of_link and step.state is not None and step.state.custom
        for step in refresh.steps
    )


def _name_locations(links: Iterable[Resource]) -> dict[str, str]:
    """Returns the names of domains and projects by their ids, as far as any link tells them."""
    outputs_of_links = [link.outputs for link in links]
    names: dict[str, str] = {}
    for field, id_key, name_key in (("domain", "domain_id", "url"), ("project", "project_id", "title")):
        for outputs in outputs_of_links:
            location = outputs.get(field)
            if not isinstance(location, dict):
                continue
            location_id, name = plain_text(location.get(id_key)), plain_text(location.get(name_key))
            if location_id and name:
                names[location_id] = name
    return names
