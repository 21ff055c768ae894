"""The review as Markdown for a pull request: never longer than a comment may be, never more than text."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review import headline, phrases
from pulumi_userplane.cli.review.model import LinkChangeKind
from pulumi_userplane.cli.review.safe_text import code_span, escape_invisible, to_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pulumi_userplane.cli.review.model import LinkChange, LinkDrift, Review
    from pulumi_userplane.cli.review.safe_text import Phrase

COMMENT_BYTES = 65_000
"""GitHub takes 65,536 characters in a comment."""

SUMMARY_BYTES = 1_000_000
"""GitHub takes 1 MiB in a job's summary."""

_MAX_SINGLE_ROWS = 30
_MAX_FIELDS = 15
_ROOM_FOR_DRIFT = 12_000
_ROOM_FOR_NAMES = 2_000
_ALL = "`pulumi-userplane review --format text` shows all"


def marker(stack: tuple[str, str]) -> str:
    """Returns the line by which a workflow finds its comment on this stack again."""
    return f"<!-- pulumi-userplane review {escape_invisible('/'.join(stack)).replace('>', '')} -->"


def render_comment(review: Review, violations: Sequence[str]) -> str:
    """Returns the text of a pull request's comment."""
    end = marker(review.stack)
    return f"{_render_body(review, violations, COMMENT_BYTES - len(end))}\n{end}\n"


def render_summary(review: Review, violations: Sequence[str]) -> str:
    """Returns the text of a job's summary."""
    return _render_body(review, violations, SUMMARY_BYTES)


def _render_body(review: Review, violations: Sequence[str], room: int) -> str:
    before = [
        f"### {headline.write_headline(review)}",
        f"Recording links of {code_span(escape_invisible('/'.join(review.stack)))}.",
    ]
    before += [f"> **This check fails:** {violation}" for violation in violations]
    after = [headline.KEEP_ADDRESSES] if review.removes_addresses else []
    last = [to_markdown(phrase) for phrase in headline.describe_others(review)]
    last += headline.describe_unknown(review)
    room -= _size([*before, *after, *last]) + 1_000
    drift = _drift(review, room) if not review.changes else _drift(review, _ROOM_FOR_DRIFT)
    changes = _changes(review, room - _size(drift))
    return "\n\n".join([*before, *changes, *after, *drift, *last]) + "\n"


def _changes(review: Review, room: int) -> list[str]:
    if not review.changes:
        return []
    if len(review.changes) <= _MAX_SINGLE_ROWS:
        rows = [(_change_row([each], review), [each.kind]) for each in review.changes]
    else:
        rows = _grouped(review)
    return _table(("Link", "What happens", "Fields", "Address"), rows, room)


def _grouped(review: Review) -> list[tuple[str, list[LinkChangeKind]]]:
    """Rows for many links: what happens to several alike is said once, unless each has an address to show."""

    def alike(change: LinkChange) -> tuple[int, str, str]:
        fields = (
            []
            if change.kind in {LinkChangeKind.CREATED, LinkChangeKind.ADOPTED}
            else phrases.describe_fields(change, review)
        )
        return list(LinkChangeKind).index(change.kind), to_markdown(phrases.describe_change(change)), _lines(fields)

    rows: list[tuple[str, list[LinkChangeKind]]] = []
    keyed = sorted(((alike(each), each) for each in review.changes), key=itemgetter(0))
    for _, group in groupby(keyed, itemgetter(0)):
        links = [link for _, link in group]
        if links[0].kind in {LinkChangeKind.CREATED, LinkChangeKind.UPDATED} and len(links) > 1:
            rows.append((_change_row(links, review), [each.kind for each in links]))
        else:
            first, *others = links
            rows.append((_change_row([first], review), [first.kind]))
            rows += [(_change_row([each], review, as_above=True), [each.kind]) for each in others]
    return rows


def _change_row(links: Sequence[LinkChange], review: Review, *, as_above: bool = False) -> str:
    first = links[0]
    fields = phrases.describe_fields(first, review)
    if as_above and fields:
        fields = [("as above",)]
    elif len(links) > 1 and first.kind is LinkChangeKind.CREATED:
        fields = []
    place = (
        phrases.describe_address(first, review)
        if len(links) == 1
        else ("stay" if first.kind is LinkChangeKind.UPDATED else "new ones",)
    )
    return _row(_names(links), to_markdown(phrases.describe_change(first)), _lines(_most(fields)), to_markdown(place))


def _names(links: Sequence[LinkChange]) -> str:
    if len(links) == 1:
        return _lines(phrases.name_link(links[0]))
    said = f"**{len(links)} links**: "
    for index, link in enumerate(links):
        [*_, name] = phrases.name_link(link)
        piece = to_markdown(name)
        if _size([said, piece]) > _ROOM_FOR_NAMES:
            return f"{said} and {len(links) - index} more"
        said += f", {piece}" if index else piece
    return said


def _drift(review: Review, room: int) -> list[str]:
    if not review.drift:
        return []
    rows = [(_drift_row(each, review), ["deleted" if each.is_deleted else "changed"]) for each in review.drift]
    return ["#### Changed outside Pulumi", *_table(("Link", "What was done", "What comes of it"), rows, room)]


def _drift_row(drift: LinkDrift, review: Review) -> str:
    return _row(
        _lines(phrases.name_link(drift)),
        _lines(_most(phrases.describe_drift(drift, review))),
        _lines(_most(_fates(drift, review))),
    )


def _fates(drift: LinkDrift, review: Review) -> list[Phrase]:
    """Field by field, or once if the same comes of all."""
    fates = phrases.describe_outcomes(drift, review)
    return fates if len(set(fates)) > 1 else fates[:1]


def _most(phrases: list[Phrase]) -> list[Phrase]:
    left = len(phrases) - _MAX_FIELDS
    return phrases if left <= 0 else [*phrases[:_MAX_FIELDS], (f"and {left} more",)]


def _table(columns: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]], room: int) -> list[str]:
    """The rows that there is room for, and a remark that counts the links of the others."""
    lines = [_row(*columns), _row(*("---" for _ in columns))]
    room -= _size(lines)
    for index, (row, _) in enumerate(rows):
        room -= _size([row])
        if room < 0:
            left = [each for _, kinds in rows[index:] for each in kinds]
            counts = ", ".join(f"{left.count(kind)} {_text(kind)}" for kind in dict.fromkeys(left))
            return ["\n".join(lines), f"**{len(left)} more links are not shown**: {counts}. {_ALL}."]
        lines.append(row)
    return ["\n".join(lines)]


def _text(kind: str) -> str:
    return kind.value if isinstance(kind, LinkChangeKind) else kind


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _lines(phrases: Iterable[Phrase]) -> str:
    return "<br>".join(to_markdown(each) for each in phrases)


def _size(texts: Iterable[str]) -> int:
    return sum(len(each.encode()) + 2 for each in texts)
