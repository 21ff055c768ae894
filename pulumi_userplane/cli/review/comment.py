"""Writes the comment of a pull request: fills `comment.md.j2` with as many rows as there is room for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pulumi_userplane.cli.review import failed_comment, headline
from pulumi_userplane.cli.review.comment_rows import make_rows
from pulumi_userplane.cli.review.failed_preview import FailedPreview
from pulumi_userplane.cli.review.link_rows import Effect, count_effects
from pulumi_userplane.cli.review.model import Severity
from pulumi_userplane.cli.review.safe_text import (
    Bold,
    Code,
    escape_invisible,
    mask_keys,
    neutralize_quick_actions,
    neutralize_workflow_commands,
    to_markdown,
)
from pulumi_userplane.cli.review.spelling import spell
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jinja2 import Template

    from pulumi_userplane.cli.review.comment_rows import Row
    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.safe_text import Phrase
    from pulumi_userplane.cli.review.section import ReviewedStack, Section

COMMENT_BYTES = 65_000
"""GitHub takes 65,536 characters in a comment."""

SUMMARY_BYTES = 1_000_000
"""GitHub takes 1 MiB in a job's summary."""

_TABLE_BYTES = 500
"""More than the head of a table and the sentence about omitted rows take."""

_ROW_MACROS = {"important": "important_row", "rest": "row_of_rest"}
"""The macro for the rows of each table of a section; what comes first gets the room first."""


@dataclass(frozen=True)
class _Table:
    """The rows that fit, and a sentence that counts the links of the others."""

    rows: Sequence[Row]
    omitted: Phrase | None
    size: int


@dataclass(frozen=True)
class _SectionView:
    """What the comment shows of a stack that changes; tables are filled in when it is known what room there is."""

    stack: str
    counts: Sequence[Phrase]
    violations: Sequence[Phrase]
    remarks: Sequence[Phrase]
    summary_of_rest: Phrase | None
    remarks_of_rest: Sequence[Phrase]
    rows: Mapping[str, Sequence[Row]]
    tables: dict[str, _Table | None]


def render_comment(sections: Sequence[Section]) -> str:
    """Returns the text of a pull request's comment, with a marker for each stack."""
    markers = "".join(f"<!-- {_marker(section.stack)} -->\n" for section in sections)
    return f"{_render(sections, COMMENT_BYTES - _size(markers) - 1)}\n{markers}"


def render_summary(sections: Sequence[Section], verdict: str = "") -> str:
    """Returns the text of a job's summary.

    Args:
        sections: What it is about.
        verdict: What stands above, if it is not that of a preview.
    """
    return _render(sections, SUMMARY_BYTES, verdict)


def _marker(stack: tuple[str, str]) -> str:
    """Returns the words by which a comment on this stack is found again; they can't end an HTML comment."""
    name = neutralize_workflow_commands(escape_invisible(mask_keys("/".join(stack))))
    return f"pulumi-userplane review {name.replace('>', '')}"


def _render(sections: Sequence[Section], limit: int, verdict: str = "") -> str:
    template = _load_template()
    failures = [section for section in sections if isinstance(section, FailedPreview)]
    reviewed = [section for section in sections if not isinstance(section, FailedPreview)]
    changed = [section for section in reviewed if section.severity is not Severity.NONE]
    changed.sort(key=lambda section: section.severity is not Severity.ADDRESS_DIES)
    counts = [count_effects(section.review) for section in changed]
    effects = [effect for effect in Effect if any(count[effect] for count in counts)]
    views = [
        _view(section, [count[effect] for effect in effects]) for section, count in zip(changed, counts, strict=True)
    ]
    content: dict[str, Any] = {
        "verdict": (verdict or headline.write_verdict(sections),),
        "effects": [(effect.value.capitalize(),) for effect in effects],
        "sections": views,
        "has_headings": len(views) + len(failures) > 1,
        "failures": [_view_failure(failed, limit // len(sections)) for failed in failures],
        "unchanged": _list_unchanged([section.review for section in reviewed if section.severity is Severity.NONE]),
        "what_to_do": _advise(changed),
        "count_fields": lambda fields: (pluralize(len(fields), "field"),),
    }
    # The comment without tables; the macros in it tell how long a row becomes.
    frame = template.make_module(content)
    _fill_tables(views, frame, limit - _size(str(frame)))
    return neutralize_quick_actions(template.render(content))


def _fill_tables(views: Sequence[_SectionView], frame: object, room: int) -> None:
    """Fills in the rows that there is room for: first what a reviewer must see, of all stacks alike."""
    room -= _TABLE_BYTES * sum(bool(rows) for view in views for rows in view.rows.values())
    for table, macro in _ROW_MACROS.items():
        listed = sorted((view for view in views if view.rows[table]), key=lambda view: len(view.rows[table]))
        for index, view in enumerate(listed):
            fitting = _fit(view.rows[table], getattr(frame, macro), room // (len(listed) - index))
            view.tables[table] = fitting
            room -= fitting.size


def _view_failure(failed: FailedPreview, room: int) -> dict[str, Any]:
    return {
        "stack": "/".join(failed.stack),
        # The lines are made of phrases, as all others.
        "table": Markup(failed_comment.render_table(failed, room - _TABLE_BYTES)),  # noqa: S704 - escaped
    }


def _view(section: ReviewedStack, counts: Sequence[int]) -> _SectionView:
    review = section.review
    important, rest = make_rows(review)
    return _SectionView(
        "/".join(section.stack),
        [(str(count or ""),) for count in counts],
        [(str(violation) if violation.needs_approval else violation.reason,) for violation in section.violations],
        [(text,) for text in headline.describe_unnamed_deletions(review)],
        _summarize_folded(review, rest, is_all=not important),
        [*headline.describe_others(review), *((text,) for text in headline.describe_unchecked_drift(review))],
        {"important": important, "rest": rest},
        dict.fromkeys(_ROW_MACROS),
    )


def _summarize_folded(review: Review, rest: Sequence[Row], *, is_all: bool) -> Phrase | None:
    """Returns what stands for the folded part of a section; None where nothing is folded, as of a report on drift."""
    if not review.has_preview:
        return None
    links, others = sum(len(row.effects) for row in rest), sum(other.count for other in review.others)
    parts = [
        *([pluralize(links, "link")] if links else []),
        *([pluralize(others + review.drifted_others, "other resource")] if others or review.drifted_others else []),
        *(["drift was not checked"] if headline.describe_unchecked_drift(review) else []),
    ]
    return (f"{'' if is_all else 'The rest: '}{', '.join(parts)}",) if parts else None


def _list_unchanged(reviews: Sequence[Review]) -> Phrase | None:
    if not reviews:
        return None
    parts = (
        (
            ", ",
            Code("/".join(review.stack)),
            *((" (drift was not checked)",) if headline.describe_unchecked_drift(review) else ()),
        )
        for review in reviews
    )
    return ("Nothing changes in ", *[*chain.from_iterable(parts)][1:], ".")


def _advise(sections: Sequence[ReviewedStack]) -> dict[str, Any] | None:
    losing = [section.review for section in sections if section.review.removes_addresses]
    advice = [spell((headline.KEEP_ADDRESSES,), review) for review in losing[:1]]
    violations = [violation for section in sections for violation in section.violations]
    advice += [(violation.what_to_do,) for violation in violations if not violation.needs_approval]
    summary = "How to keep an old address" if losing else "What to do"
    return {"summary": (summary,), "advice": [*dict.fromkeys(advice)]} if advice else None


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


def _fit(rows: Sequence[Row], render_row: Callable[[Row], str], room: int) -> _Table:
    """Returns the rows that there is room for."""
    size = 0
    for index, row in enumerate(rows):
        row_size = _size(render_row(row)) + 1
        if size + row_size > room:
            return _Table(rows[:index], _describe_omitted(rows[index:]), size)
        size += row_size
    return _Table(rows, None, size)


def _describe_omitted(rows: Sequence[Row]) -> Phrase:
    effects = Counter(effect for row in rows for effect in row.effects)
    counts = ", ".join(f"{effects[effect]} {effect.value}" for effect in Effect if effects[effect])
    are = "is" if effects.total() == 1 else "are"
    more = Bold((f"{pluralize(effects.total(), 'more link')} {are} not shown",))
    return (more, f": {counts}. The log of the job has all (`review --format text`).")


def _size(text: str) -> int:
    return len(text.encode())
