"""Builds the rows of a comment: one a link, or one for all that change alike if there are many."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review import field_phrases, phrases
from pulumi_userplane.cli.review.link_rows import Effect, list_links
from pulumi_userplane.cli.review.model import LinkChange, LinkChangeKind
from pulumi_userplane.cli.review.safe_text import MAX_ADDRESS_LENGTH, Address, Bold, to_markdown, truncate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_userplane.cli.review.link_rows import LinkRow
    from pulumi_userplane.cli.review.model import LinkDrift, Review
    from pulumi_userplane.cli.review.safe_text import Phrase

_MAX_SINGLE_ROWS = 30
_MAX_FIELDS = 15
_ADDRESSES = {
    Effect.NEW: "new ones",
    Effect.CHANGED: "stay",
    Effect.STATE_ONLY: "stay",
    Effect.CHANGED_BACK: "stay",
    Effect.DRIFTED: "stay",
}
"""What happens to the addresses of links that share a row."""
_NAMES_BYTES = 2_000


@dataclass(frozen=True)
class Row:
    """A row of a table: one link, or several to which the same happens."""

    effects: Sequence[Effect]
    names: Sequence[Phrase]
    change: Phrase
    fields: Sequence[Phrase]
    addresses: Sequence[Phrase]


def make_rows(review: Review) -> tuple[list[Row], list[Row]]:
    """Returns the rows of the links that a reviewer must see, and those of all others."""
    links = list_links(review)
    important = [_make_row(link, review) for link in links if link.is_important]
    return important, [*_group_rows([link for link in links if not link.is_important], review)]


def _group_rows(links: Sequence[LinkRow], review: Review) -> Iterator[Row]:
    """Yields a row for each link, or of many links one for those to which the same happens."""
    rows = [_make_row(link, review) for link in links]
    if len(rows) <= _MAX_SINGLE_ROWS:
        yield from rows
        return
    groups: defaultdict[tuple[Effect, Phrase, tuple[Phrase, ...]], list[Row]] = defaultdict(list)
    for row in rows:
        [effect] = row.effects
        # New links differ in their fields.
        fields = () if effect is Effect.NEW else tuple(row.fields)
        groups[effect, row.change, fields].append(row)
    for (effect, change, fields), alike in groups.items():
        if len(alike) == 1 or effect not in _ADDRESSES:
            yield from alike
        else:
            names = _list_names([row.names[-1] for row in alike])
            yield Row([effect] * len(alike), [names], change, fields, [(_ADDRESSES[effect],)])


def _list_names(all_names: Sequence[Phrase]) -> Phrase:
    names: Phrase = (Bold((f"{len(all_names)} links",)), ": ")
    for index, name in enumerate(all_names):
        longer: Phrase = (*names, *((", ",) if index else ()), *name)
        if len(to_markdown(longer).encode()) > _NAMES_BYTES:
            return (*names, f" and {len(all_names) - index} more")
        names = longer
    return names


def _make_row(row: LinkRow, review: Review) -> Row:
    names = phrases.name_link(row.link)
    if isinstance(row.link, LinkChange):
        what, fields, addresses = _describe_change(row.link, row.moved_from, review)
    else:
        what, fields, addresses = _describe_drift(row.link, review)
    left = len(fields) - _MAX_FIELDS
    shown = fields if left <= 0 else [*fields[:_MAX_FIELDS], (f"and {left} more",)]
    return Row([row.effect], names, what, shown, addresses)


def _describe_change(
    change: LinkChange, moved_from: LinkChange | None, review: Review
) -> tuple[Phrase, list[Phrase], list[Phrase]]:
    what = phrases.describe_change(change, review, moved_from)
    fields = field_phrases.describe_fields(change, review)
    addresses = phrases.describe_addresses(moved_from or change, review)
    drift = change.drift
    if drift is None or (drift.is_deleted and change.kind is LinkChangeKind.RECREATED):
        return what, fields, addresses
    if drift.is_deleted:
        return (*what, "; its old link was deleted outside Pulumi"), fields, [_say_is_dead(drift)]
    done = zip(field_phrases.describe_drift(drift, review), field_phrases.describe_outcomes(drift, review), strict=True)
    return what, [*fields, *(("outside Pulumi, ", *field, "; ", *outcome) for field, outcome in done)], addresses


def _describe_drift(drift: LinkDrift, review: Review) -> tuple[Phrase, list[Phrase], list[Phrase]]:
    outcomes = field_phrases.describe_outcomes(drift, review)
    if drift.is_deleted:
        return ("was deleted outside Pulumi; ", *outcomes[0]), [], [_say_is_dead(drift)]
    address: Phrase = (
        "stays",
        *((": ", Address(truncate(drift.address, MAX_ADDRESS_LENGTH))) if drift.address else ()),
    )
    fields = field_phrases.describe_drift(drift, review)
    # Field by field, or once where the same happens to all.
    if len({*outcomes}) == 1:
        return ("was changed outside Pulumi; ", *outcomes[0]), fields, [address]
    both = [(*field, "; ", *outcome) for field, outcome in zip(fields, outcomes, strict=True)]
    return ("was changed outside Pulumi",), both, [address]


def _say_is_dead(drift: LinkDrift) -> Phrase:
    address = Address(truncate(drift.address, MAX_ADDRESS_LENGTH)) if drift.address else "its address"
    return (Bold((address, " is already dead")),)
