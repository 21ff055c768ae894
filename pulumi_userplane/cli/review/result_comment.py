"""Writes what an `up` did as the comment on the pull request that it applied, and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.review import result_phrases as words
from pulumi_userplane.cli.review.applied_model import ResultKind
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
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pulumi_userplane.cli.review.applied_model import Applied, LinkResult
    from pulumi_userplane.cli.review.safe_text import Phrase

MARKER = "pulumi-userplane result"
"""What the marker of a result's comment begins with; project and stack follow."""

_RESERVED_BYTES = 2_000
"""More than all sentences about omitted rows take, and the end of what is folded."""

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
    page = _Page(limit)
    page.add(f"### {words.write_verdict(applied)}\n")
    page.add(f"\nRecording links of {to_markdown((Code('/'.join(applied.stack)),))}.\n")
    replaced, lost = words.list_replaced(applied), words.list_lost(applied)
    page.add_table(("Link", "Old address → new address"), [*replaced, *lost], _address_row)
    if replaced:
        page.add(f"\n{words.WHERE_TO_PUT_IT}\n")
    page.add_table(("New link", "Address"), applied.of_kind(ResultKind.CREATED), _new_row)
    failures = applied.select(lambda link: link.is_failure)
    page.add_table(
        ("What failed", "What went wrong", "What that leaves, and what to do"),
        failures,
        lambda link: (words.name_link(link), words.describe_error(link), words.describe_rest(link, applied)),
    )
    for error in applied.other_errors:
        page.add(f"\n{to_markdown(('Failed: ', *words.describe_other(error)))}\n")
    if missed := applied.of_kind(ResultKind.NOT_REACHED):
        page.add(f"\n{to_markdown(_list_missed(missed))}\n")
    page.add_folded(applied.of_kind(*_QUIET))
    return neutralize_quick_actions(str(page))


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

    def add_table(
        self,
        heads: Sequence[str],
        links: Sequence[LinkResult],
        build_row: Callable[[LinkResult], Sequence[Sequence[Phrase]]],
    ) -> None:
        """Adds a table with a row for each link that fits, and says how many don't; nothing without a link."""
        if not links:
            return
        text = f"\n| {' | '.join(heads)} |\n|{' --- |' * len(heads)}\n"
        left = len(links) if not self.add(text) else 0
        for index, link in enumerate(links[: len(links) - left]):
            cells = ["<br>".join(map(to_markdown, lines)) for lines in build_row(link)]
            if not self.add(f"| {' | '.join(cells)} |\n"):
                left = len(links) - index
                break
        if left:
            self._texts.append(f"\n{to_markdown(words.describe_omitted(left))}\n")

    def add_folded(self, links: Sequence[LinkResult]) -> None:
        """Adds what is harmless, folded."""
        if links and self.add(f"\n<details><summary>{words.summarize(links)}</summary>\n"):
            self.add_table(
                ("Link", "What was done"), links, lambda link: (words.name_link(link), words.describe_quiet(link))
            )
            self._texts.append("\n</details>\n")


def _address_row(link: LinkResult) -> tuple[list[Phrase], list[Phrase]]:
    return words.name_link(link), words.describe_addresses(link)


def _new_row(link: LinkResult) -> tuple[list[Phrase], list[Phrase]]:
    return words.name_link(link), [words.quote_address(link.new_address)]


def _list_missed(links: Sequence[LinkResult]) -> Phrase:
    names = [part for link in links[:_MAX_NAMES] for part in (", ", Code(link.name))][1:]
    left = len(links) - _MAX_NAMES
    return ("Not reached, so nothing was done: ", *names, *((f" and {left} more",) if left > 0 else ()), ".")


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
