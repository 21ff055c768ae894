"""Writes what a probe has found for a person: a table of what was expected, what was seen, and what to set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import terminal
from pulumi_userplane.cli.probe.unknowns import UNKNOWNS
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pulumi_userplane.cli.probe.findings import Finding
    from pulumi_userplane.cli.probe.made_links import Cleanup
    from pulumi_userplane.cli.probe.run import Outcome

_NO_FOLDING = 10_000
_UNKNOWN = {unknown.id: unknown for unknown in UNKNOWNS}


def render_findings(findings: Sequence[Finding], commands: Mapping[str, str]) -> Iterator[str]:
    """Yields the table, line by line; below a row stands what it means and what to set.

    Args:
        findings: What was found.
        commands: The command that sets what a finding asks for, by its id.
    """
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column(no_wrap=True)
    table.add_row("", "", Text("expected"), Text("seen"))
    for finding in findings:
        seen = "not tried" if finding.not_tried else format_value(finding.seen)
        cells = (_UNKNOWN[finding.id].label, format_value(finding.expected), seen)
        table.add_row(_choose_symbol(finding), *map(Text, cells))
    heading, *lines = terminal.render_table(table, width=_NO_FOLDING)
    arrow = "→" if terminal.can_show("→") else ">"
    yield heading
    for finding, line in zip(findings, lines, strict=True):
        yield line
        for explanation in _explain(finding, commands):
            yield f"   {arrow} {explanation}"


def summarize(outcome: Outcome) -> str:
    """Returns in one line how much is as expected, and what was sent."""
    expected = sum(finding.is_as_expected for finding in outcome.findings)
    not_tried = sum(bool(finding.not_tried) for finding in outcome.findings)
    others = len(outcome.findings) - expected - not_tried
    counts = f"{expected} as expected, {others} different, {not_tried} not tried"
    return f"{counts}; {pluralize(outcome.requests, 'request')}, {pluralize(outcome.cleanup.deleted, 'link')} deleted."


def list_leftovers(cleanup: Cleanup, workspace_id: str) -> Iterator[str]:
    """Yields a line for each link that remains, or may."""
    for link_id, reason in cleanup.left.items():
        yield f"the probe's recording link {sanitize(link_id)} remains: {reason}; delete it in the dashboard"
    for token in cleanup.unsettled:
        yield (
            f"the probe may have left a recording link in workspace {sanitize(workspace_id)}: a POST had no clear "
            "response, and the list does not show its link; look in the dashboard for a new link whose reference "
            f"begins with {token}, and delete it"
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
    if finding.not_tried:
        return Text("-", "dim")
    symbol, plain, color = ("✓", "+", "green") if finding.is_as_expected else ("!", "!", "yellow")
    return Text(symbol if terminal.can_show(symbol) else plain, color)


def _explain(finding: Finding, commands: Mapping[str, str]) -> Iterator[str]:
    if finding.not_tried:
        yield finding.not_tried
    if finding.id in commands:
        yield commands[finding.id]
    if not finding.not_tried and not finding.is_as_expected and (meaning := _UNKNOWN[finding.id].explain(finding.seen)):
        yield meaning
