"""Writes the comment of a pull request: builds its rows from the sentences of `phrases.py`, fills `comment.md.j2`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pulumi_userplane.cli.review import headline, phrases
from pulumi_userplane.cli.review.model import LinkChangeKind
from pulumi_userplane.cli.review.safe_text import Bold, Code, escape_invisible, mask_keys, to_markdown
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jinja2 import Template

    from pulumi_userplane.cli.review.model import LinkChange, LinkDrift, Review
    from pulumi_userplane.cli.review.safe_text import Phrase
    from pulumi_userplane.cli.review.section import Section

COMMENT_BYTES = 65_000
"""GitHub takes 65,536 characters in a comment."""

SUMMARY_BYTES = 1_000_000
"""GitHub takes 1 MiB in a job's summary."""

_MAX_SINGLE_ROWS = 30
_MAX_FIELDS = 15
_DRIFT_BYTES = 12_000
_NAMES_BYTES = 2_000
_TABLE_BYTES = 500
"""More than the head of a table and the sentence about omitted rows take."""


@dataclass(frozen=True)
class _ChangeRow:
    """A row of the first table: one link, or several to which the same happens."""

    kinds: tuple[str, ...]
    names: Sequence[Phrase]
    change: Phrase
    fields: Sequence[Phrase]
    address: Phrase


@dataclass(frozen=True)
class _DriftRow:
    """A row of the table of what was changed outside Pulumi."""

    kinds: tuple[str, ...]
    names: Sequence[Phrase]
    drift: Sequence[Phrase]
    outcomes: Sequence[Phrase]


@dataclass(frozen=True)
class _Table:
    """The rows that fit, and a sentence that counts the links of the others."""

    rows: Sequence[_ChangeRow | _DriftRow]
    omitted: Phrase | None
    size: int


def render_comment(sections: Sequence[Section]) -> str:
    """Returns the text of a pull request's comment, with a marker for each stack."""
    markers = "".join(f"<!-- {_marker(section.stack)} -->\n" for section in sections)
    return f"{_render(sections, COMMENT_BYTES - _size(markers) - 1)}\n{markers}"


def render_summary(sections: Sequence[Section]) -> str:
    """Returns the text of a job's summary."""
    return _render(sections, SUMMARY_BYTES)


def _marker(stack: tuple[str, str]) -> str:
    """Returns the words by which a comment on this stack is found again; they can't end an HTML comment."""
    return f"pulumi-userplane review {escape_invisible(mask_keys('/'.join(stack))).replace('>', '')}"


def _render(sections: Sequence[Section], limit: int) -> str:
    return "\n".join(_render_section(section, limit // len(sections) - 1) for section in sections)


def _render_section(section: Section, limit: int) -> str:
    review, template = section.review, _load_template()
    content: dict[str, Any] = {
        "headline": (headline.write_headline(review),),
        "stack": "/".join(review.stack),
        "violations": [(violation,) for violation in section.violations],
        "how_to_keep_addresses": (headline.KEEP_ADDRESSES,) if review.removes_addresses else None,
        "remarks": [*headline.describe_others(review), *((text,) for text in headline.describe_unknown(review))],
    }
    # The comment without tables; the macros in it tell how long a row becomes.
    frame = template.make_module({**content, "changes": None, "drift": None})
    room = limit - _size(str(frame))
    drift_rows = [_drift_row(drift, review) for drift in review.drift]
    drift = _fit(drift_rows, frame, "drift_row", min(room, _DRIFT_BYTES) if review.changes else room)
    changes = _fit(list(_change_rows(review)), frame, "change_row", room - (drift.size if drift else 0))
    return template.render(content, changes=changes, drift=drift)


@lru_cache(maxsize=1)
def _load_template() -> Template:
    environment = Environment(
        autoescape=True,
        finalize=_escape,
        keep_trailing_newline=True,
        loader=PackageLoader("pulumi_userplane.cli.review", ""),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("comment.md.j2")


def _escape(value: Phrase | Markup | str) -> Markup:
    """Returns what the template prints for a value: a macro's result as it is, anything else escaped."""
    if isinstance(value, Markup):
        return value
    return Markup(to_markdown((Code(value),) if isinstance(value, str) else value))  # noqa: S704 - escaped


def _fit(rows: Sequence[_ChangeRow | _DriftRow], frame: object, macro: str, room: int) -> _Table | None:
    """Returns the rows that there is room for, or None where there is nothing to show."""
    if not rows:
        return None
    size = _TABLE_BYTES
    render_row = getattr(frame, macro)
    for index, row in enumerate(rows):
        row_size = _size(render_row(row)) + 1
        if size + row_size > room:
            return _Table(rows[:index], _describe_omitted(rows[index:]), size)
        size += row_size
    return _Table(rows, None, size)


def _describe_omitted(rows: Sequence[_ChangeRow | _DriftRow]) -> Phrase:
    kinds = Counter(kind for row in rows for kind in row.kinds)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    are = "is" if kinds.total() == 1 else "are"
    more = Bold((f"{pluralize(kinds.total(), 'more link')} {are} not shown",))
    return (more, f": {counts}. `pulumi-userplane review --format text` shows all.")


def _change_rows(review: Review) -> Iterator[_ChangeRow]:
    """Yields the rows of the links that change; of many links, those alike once, unless each loses its address."""
    if len(review.changes) <= _MAX_SINGLE_ROWS:
        yield from (_change_row([change], review) for change in review.changes)
        return

    def likeness(change: LinkChange) -> tuple[int, str, list[str]]:
        is_new = change.kind in {LinkChangeKind.CREATED, LinkChangeKind.ADOPTED}
        fields = [] if is_new else [to_markdown(field) for field in phrases.describe_fields(change, review)]
        return list(LinkChangeKind).index(change.kind), to_markdown(phrases.describe_change(change)), fields

    keyed = sorted(((likeness(change), change) for change in review.changes), key=itemgetter(0))
    for _, group in groupby(keyed, itemgetter(0)):
        first, *others = (change for _, change in group)
        if first.kind in {LinkChangeKind.CREATED, LinkChangeKind.UPDATED}:
            yield _change_row([first, *others], review)
        else:
            yield _change_row([first], review)
            yield from (_change_row([other], review, is_as_above=True) for other in others)


def _change_row(links: Sequence[LinkChange], review: Review, *, is_as_above: bool = False) -> _ChangeRow:
    first = links[0]
    fields = phrases.describe_fields(first, review)
    if is_as_above and fields:
        fields = [("as above",)]
    elif len(links) > 1 and first.kind is LinkChangeKind.CREATED:
        fields = []
    if len(links) == 1:
        names, address = phrases.name_link(first), phrases.describe_address(first, review)
    else:
        names, address = [_list_names(links)], ("stay" if first.kind is LinkChangeKind.UPDATED else "new ones",)
    kinds = tuple(link.kind.value for link in links)
    return _ChangeRow(kinds, names, phrases.describe_change(first), _shorten(fields), address)


def _list_names(links: Sequence[LinkChange]) -> Phrase:
    names: Phrase = (Bold((f"{len(links)} links",)), ": ")
    for index, link in enumerate(links):
        [*_, name] = phrases.name_link(link)
        longer: Phrase = (*names, *((", ",) if index else ()), *name)
        if _size(to_markdown(longer)) > _NAMES_BYTES:
            return (*names, f" and {len(links) - index} more")
        names = longer
    return names


def _drift_row(drift: LinkDrift, review: Review) -> _DriftRow:
    outcomes = phrases.describe_outcomes(drift, review)
    # Field by field, or once where the same happens to all.
    outcomes = outcomes if len(set(outcomes)) > 1 else outcomes[:1]
    kinds = ("deleted" if drift.is_deleted else "changed",)
    changes = _shorten(phrases.describe_drift(drift, review))
    return _DriftRow(kinds, phrases.name_link(drift), changes, _shorten(outcomes))


def _shorten(fields: list[Phrase]) -> list[Phrase]:
    left = len(fields) - _MAX_FIELDS
    return fields if left <= 0 else [*fields[:_MAX_FIELDS], (f"and {left} more",)]


def _size(text: str) -> int:
    return len(text.encode())
