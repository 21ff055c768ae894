"""Writes what a probe has found for a person: a table of what was expected, what was seen, and what to set."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import RunCanceledError, TransportError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import terminal
from pulumi_userplane.cli.errors import describe_error
from pulumi_userplane.cli.probe.unknowns import UNKNOWNS
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_userplane.cli.probe.findings import Finding
    from pulumi_userplane.cli.probe.run import Outcome

_NO_FOLDING = 10_000
_UNKNOWN = {unknown.id: unknown for unknown in UNKNOWNS}


def render_findings(findings: Sequence[Finding], advice: Mapping[str, str]) -> Iterator[str]:
    """Yields the table, line by line; below a row that differs stands what it means and what to set.

    Args:
        findings: What was found.
        advice: What to set, by the ids of the findings that say so.
    """
    tried = [finding for finding in findings if not finding.not_tried]
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column(no_wrap=True)
    table.add_row("", "", Text("expected"), Text("seen"))
    for finding in tried:
        cells = (_UNKNOWN[finding.id].label, format_value(finding.expected), format_value(finding.seen))
        table.add_row(_choose_symbol(finding), *map(Text, cells))
    heading, *lines = terminal.render_table(table, width=_NO_FOLDING)
    yield heading
    arrow = "→" if terminal.can_show("→") else ">"
    for finding, line in zip(tried, lines, strict=True):
        yield line
        if finding.id in advice or not finding.is_as_expected:
            explanation = advice.get(finding.id) or _UNKNOWN[finding.id].explain(finding.seen)
            yield f"   {arrow} {finding.id}: {explanation}"
    yield from _list_not_tried(findings)


def summarize(outcome: Outcome) -> str:
    """Returns in one line how much is as expected, and what was sent."""
    expected = sum(finding.is_as_expected for finding in outcome.findings)
    not_tried = sum(bool(finding.not_tried) for finding in outcome.findings)
    others = len(outcome.findings) - expected - not_tried
    counts = f"{expected} as expected, {others} different, {not_tried} not tried"
    return f"{counts}; {pluralize(outcome.requests, 'request')}, {pluralize(outcome.cleanup.deleted, 'link')} deleted."


def list_problems(outcome: Outcome, workspace_id: str) -> Iterator[str]:
    """Yields a line for what has ended the probe early, and for each link that remains or may."""
    if isinstance(outcome.error, UserplaneError):
        yield _describe_end(outcome.error, outcome)
    for link_id, failure in outcome.cleanup.left.items():
        advice = failure.advise(f"the probe's link {sanitize(link_id)} remains: delete it in the dashboard")
        yield steps(failure.failure, advice)
    for token, link_id in outcome.cleanup.unsettled.items():
        named = f" (the response named {sanitize(link_id)}, which may be another's)" if link_id else ""
        yield (
            f"the probe may have left a recording link in workspace {sanitize(workspace_id)}: a POST had no clear "
            f"response{named}, and no list shows its link; look in the dashboard for a new link whose reference begins "
            f"with {token}, or is empty, and delete it if nobody else made it"
        )


def list_leftovers(outcome: Outcome) -> Iterator[str]:
    """Yields a line for each link of another probe."""
    for link_id in outcome.leftovers:
        yield (
            f"the recording link {sanitize(link_id)} is another probe's; if none runs now, one was killed before it "
            "could delete it: delete it in the dashboard"
        )


def format_value(value: Any) -> str:  # noqa: ANN401 - of any kind
    """Returns a value of a finding in a few words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "another body"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


def _choose_symbol(finding: Finding) -> Text:
    symbol, plain, color = ("✓", "+", "green") if finding.is_as_expected else ("!", "!", "yellow")
    return Text(symbol if terminal.can_show(symbol) else plain, color)


def _list_not_tried(findings: Sequence[Finding]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for finding in findings:
        if finding.not_tried:
            by_reason.setdefault(finding.not_tried, []).append(finding.id)
    for reason, unknowns in by_reason.items():
        text = f"-  not tried ({reason}): {', '.join(unknowns)}"
        yield from textwrap.wrap(text, terminal.measure_width(), subsequent_indent="   ")


def _describe_end(error: UserplaneError, outcome: Outcome) -> str:
    is_clean = outcome.cleanup.is_clean and outcome.cleanup.deleted > 0
    if isinstance(error, RunCanceledError):
        return f"the probe was interrupted{'; everything that it made is deleted' if is_clean else ''}"
    if isinstance(error, TransportError) and is_clean:
        # Its advice is for a request whose effect is unknown; what the probe sent has none any more.
        return f"{error.failure}; everything that the probe made is deleted: run it again"
    return describe_error(error, "everything that the probe made is deleted" if is_clean else "")
