"""Writes what an `up` did as the comment on the pull request that it applied, and as text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review import result_phrases as words
from pulumi_userplane.cli.review.applied_model import OldAddress, ResultKind
from pulumi_userplane.cli.review.comment import COMMENT_BYTES, SUMMARY_BYTES
from pulumi_userplane.cli.review.safe_text import (
    Code,
    escape_invisible,
    make_loggable,
    mask_keys,
    neutralize_quick_actions,
    neutralize_workflow_commands,
    to_markdown,
    to_plain_text,
    truncate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pulumi_userplane.cli.review.applied_model import Applied, LinkResult
    from pulumi_userplane.cli.review.safe_text import Phrase

MARKER = "pulumi-userplane result"
"""What the marker of a result's comment begins with; project and stack follow."""

_RESERVED_BYTES = 2_000
"""More than all sentences about omitted rows take, and the end of what is folded."""

_SHARE_OF_FAILURES = 3
"""What failed has room in a third of the comment, whatever else was done."""

_MAX_NAMES = 20
_QUIET = {ResultKind.ADOPTED, ResultKind.RETAINED, ResultKind.UPDATED, ResultKind.RENAMED}


def render_result(applied: Applied) -> str:
    """Returns the text of a pull request's comment; it ends with a marker of its own, by which a rerun finds it."""
    stack = neutralize_workflow_commands(escape_invisible(mask_keys("/".join(applied.stack)))).replace(">", "")
    marker = f"\n<!-- {MARKER} {stack} -->\n"
    return _render(applied, COMMENT_BYTES - len(marker.encode())) + marker


def render_result_summary(applied: Applied) -> str:
    """Returns the text of a job's summary."""
    return _render(applied, SUMMARY_BYTES)


def _render(applied: Applied, limit: int) -> str:
    failures = _render_failures(applied, limit // _SHARE_OF_FAILURES)
    page = _Page(limit - len(failures.encode()))
    page.add(f"### {words.write_verdict(applied)}\n")
    page.add(f"\nRecording links of {to_markdown((Code('/'.join(applied.stack)),))}.\n")
    page.add_table(("Link", "Old address → new address"), _address_rows(applied))
    if words.list_replaced(applied):
        page.add(f"\n{words.WHERE_TO_PUT_IT}\n")
    created = applied.of_kind(ResultKind.CREATED)
    rows = [_Row((words.name_link(link), [words.quote_address(link.new_address)])) for link in created]
    page.add_table(("New link", "Address"), rows)
    page.append(failures)
    page.add_folded(applied.of_kind(*_QUIET))
    return neutralize_quick_actions(str(page))


def _render_failures(applied: Applied, limit: int) -> str:
    page = _Page(limit)
    page.add_table(("What failed", "What went wrong", "What that leaves, and what to do"), _failure_rows(applied))
    for error in applied.other_errors:
        page.add(f"\n{to_markdown(('Failed: ', *words.describe_other(error)))}\n")
    if missed := applied.of_kind(ResultKind.NOT_REACHED):
        page.add(f"\n{to_markdown(('Not reached, so nothing was done: ', *_list_names(missed), '.'))}\n")
    return str(page)


def _has_address_row(link: LinkResult) -> bool:
    return link.kind is ResultKind.REPLACED or words.is_lost(link)


def _address_rows(applied: Applied) -> list[_Row]:
    """Returns the rows of links whose address is another one or dead, those first with which something went wrong."""
    first: dict[tuple[Phrase, ...], str] = {}
    rows = []
    links = (*words.list_replaced(applied), *words.list_lost(applied))
    for link in sorted(links, key=lambda link: not link.is_failure):
        failure = tuple(_describe_failure(link, applied)) if link.is_failure else ()
        name = first.setdefault(failure, link.name)
        if failure and name != link.name:
            failure = (("went wrong as ", Code(truncate(name)), " did"),)
        rows.append(_Row((words.name_link(link), [*words.describe_addresses(link), *failure])))
    return rows


def _describe_failure(link: LinkResult, applied: Applied) -> Iterator[Phrase]:
    # That the old link could not be deleted stands next to its address.
    if link.errors or link.old is not OldAddress.UNDELETED:
        yield from words.describe_error(link)
    yield from words.describe_rest(link, applied)


def _failure_rows(applied: Applied) -> list[_Row]:
    """Returns the rows of what failed and has no row yet, one for all links that failed alike."""
    alike: dict[tuple[tuple[Phrase, ...], ...], list[LinkResult]] = {}
    for link in applied.select(lambda link: link.is_failure and not _has_address_row(link)):
        cells = tuple(words.describe_error(link)), tuple(words.describe_rest(link, applied))
        alike.setdefault(cells, []).append(link)
    return [
        _Row((words.name_link(links[0]) if len(links) == 1 else [_list_names(links)], *cells), len(links))
        for cells, links in alike.items()
    ]


@dataclass(frozen=True)
class _Row:
    """A row of a table: the lines of its cells, and how many links it is about."""

    cells: Sequence[Sequence[Phrase]]
    count: int = 1


class _Page:
    """A page that takes rows as long as there is room."""

    def __init__(self, limit: int) -> None:
        self._room = limit - _RESERVED_BYTES
        self._texts: list[str] = []

    def __str__(self) -> str:
        return "".join(self._texts)

    def add(self, text: str) -> bool:
        """Adds a text whole, or not at all; returns whether it was added."""
        size = len(text.encode())
        if size > self._room:
            return False
        self._texts.append(text)
        self._room -= size
        return True

    def append(self, text: str) -> None:
        """Adds a text for which room was kept."""
        self._texts.append(text)

    def add_table(self, heads: Sequence[str], rows: Sequence[_Row]) -> None:
        """Adds a table with the rows that fit, and says how many links don't; nothing without a row."""
        if not rows:
            return
        is_full = not self.add(f"\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n")
        omitted = 0
        for row in rows:
            cells = ["<br>".join(map(to_markdown, lines)) for lines in row.cells]
            is_full = is_full or not self.add(f"| {' | '.join(cells)} |\n")
            omitted += row.count if is_full else 0
        if omitted:
            self.append(f"\n{to_markdown(words.describe_omitted(omitted))}\n")

    def add_folded(self, links: Sequence[LinkResult]) -> None:
        """Adds what is harmless, folded."""
        if links and self.add(f"\n<details><summary>{words.summarize(links)}</summary>\n"):
            rows = [_Row((words.name_link(link), words.describe_quiet(link))) for link in links]
            self.add_table(("Link", "What was done"), rows)
            self.append("\n</details>\n")


def _list_names(links: Sequence[LinkResult]) -> Phrase:
    names = [part for link in links[:_MAX_NAMES] for part in (", ", Code(truncate(link.name)))][1:]
    left = len(links) - _MAX_NAMES
    return (*names, *((f" and {left} more",) if left > 0 else ()))


def render_result_text(applied: Applied) -> str:
    """Returns all of it as text for a terminal or a log, however long."""
    lines = [words.write_verdict(applied), f"Recording links of {escape_invisible('/'.join(applied.stack))}"]
    for link in applied.links:
        *title, name = map(to_plain_text, words.name_link(link))
        lines += ["", f"{name} ({title[0]}): {link.kind.value}" if title else f"{name}: {link.kind.value}"]
        lines += [f"  {to_plain_text(detail)}" for detail in _describe(link, applied)]
    for error in applied.other_errors:
        lines += ["", to_plain_text(("failed: ", *words.describe_other(error)))]
    return make_loggable("\n".join(lines) + "\n")


def _describe(link: LinkResult, applied: Applied) -> Iterator[Phrase]:
    yield from words.describe_quiet(link) if link.kind in _QUIET else words.describe_addresses(link)
    if link.is_failure:
        yield from words.describe_error(link)
        yield from words.describe_rest(link, applied)
