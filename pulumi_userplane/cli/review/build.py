"""What a preview means for those who hold the links' addresses."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.review.digest import Source
from pulumi_userplane.cli.review.drift import drifted
from pulumi_userplane.cli.review.field_diff import text
from pulumi_userplane.cli.review.link_changes import NOTHING_DONE, link_changes
from pulumi_userplane.cli.review.match_steps import join
from pulumi_userplane.cli.review.model import Others, Review

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_userplane.cli.review.digest import Digest, Step
    from pulumi_userplane.cli.review.match_steps import Joined
    from pulumi_userplane.cli.stack import Stack


def decide(preview: Digest | None, refresh: Digest | None = None, state: Stack | None = None) -> Review:
    """Returns what there is to know.

    Args:
        preview: What `pulumi preview --json` wrote, with or without a refresh.
        refresh: What `pulumi refresh --preview-only --json` wrote.
        state: What the stack holds.

    Raises:
        ConfigurationError: They are not of one stack, are given in each other's place, or hold what is not known here.
    """
    stack = _one_stack(preview, refresh, state)
    joined = join(preview) if preview else None
    drift = drifted(joined, refresh)
    # A refresh names all that is gone.
    vanished = joined.vanished if joined and refresh is None else 0
    are_vanished_links = joined is None or joined.are_links
    known, are_all_links = _known(joined, state)
    gone = {each.urn for each in drift if each.is_gone}
    return Review(
        stack,
        has_preview=preview is not None,
        is_refreshed=preview is not None and bool(preview.refreshed),
        knows_drift=refresh is not None or (preview is not None and bool(preview.refreshed)),
        changes=link_changes(joined, drift, state.resources if state else ()) if joined else (),
        drift=drift,
        vanished=vanished,
        are_vanished_links=are_vanished_links,
        others=_others(preview.planned) if preview else (),
        drifted_others=_number_of_drifted_others(refresh) if refresh else 0,
        links=max(len(known - gone) - (vanished if are_vanished_links else 0), 0),
        are_all_links=are_all_links,
        places=_places([*(preview.steps if preview else ()), *(refresh.steps if refresh else ())], state),
    )


def _one_stack(preview: Digest | None, refresh: Digest | None, state: Stack | None) -> tuple[str, str]:
    if preview is not None and preview.source is Source.REFRESH:
        raise ConfigurationError(
            "what is given as the preview comes from `pulumi refresh`", next_step="give it by --drift"
        )
    if refresh is not None and refresh.source is Source.PREVIEW:
        raise ConfigurationError(
            "what is given by --drift comes from `pulumi preview`",
            next_step="use `pulumi refresh --preview-only --json`",
        )
    stacks = [each.stack for each in (preview, refresh) if each is not None]
    # A stack that holds nothing yet says no name.
    stacks += [(state.project, state.name)] if state is not None and state.name else []
    if len(set(stacks)) != 1:
        names = " and ".join(sanitize("/".join(each)) for each in dict.fromkeys(stacks))
        raise ConfigurationError(f"the files are of several stacks: {names}", next_step="review one at a time")
    return stacks[0]


def _known(joined: Joined | None, state: Stack | None) -> tuple[set[str], bool]:
    """The links that there were before anybody deleted one by hand, and whether those are all of the stack's."""
    if state is not None:
        return {each.urn for each in state.resources if each.is_managed_link}, True
    if joined is None:
        return set(), False
    if joined.preview.refreshed:
        return {*joined.preview.refreshed}, joined.has_read_all
    return {step.old.urn for step in joined.preview.planned if step.is_of_link and step.old}, False


def _others(steps: Iterable[Step]) -> tuple[Others, ...]:
    done = Counter(
        (step.op, step.type)
        for step in steps
        if not step.is_of_link and not step.is_of_stack and step.op not in NOTHING_DONE
    )
    return tuple(sorted(Others(op, type_, count) for (op, type_), count in done.items()))


def _number_of_drifted_others(refresh: Digest) -> int:
    # A refresh that runs the program shows components as well, which live nowhere else.
    return sum(
        step.op in {"update", "delete"} and not step.is_of_link and step.state is not None and step.state.custom
        for step in refresh.steps
    )


def _places(steps: Iterable[Step], state: Stack | None) -> dict[str, str]:
    """What the ids of domains and projects mean, as far as some link has said it."""
    outputs = [each.outputs for step in steps for each in (step.old, step.new) if each and step.is_of_link]
    outputs += [each.outputs for each in state.resources if each.is_managed_link] if state else []
    known: dict[str, str] = {}
    for field, id_, name in (("domain", "domain_id", "url"), ("project", "project_id", "title")):
        for each in outputs:
            place = each.get(field)
            if isinstance(place, dict) and (key := text(place.get(id_))) and (said := text(place.get(name))):
                known[key] = said
    return known
