"""Writes the second half of docs/troubleshooting.md: a section for each error code; --check fails if it is stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import Operation, api_error
from pulumi_userplane.cli.explain.sections import read_sections
from scripts.generated_file import write_or_check
from scripts.source import ROOT

if TYPE_CHECKING:
    from pulumi_userplane.cli.explain.sections import Section

PAGE = ROOT / "docs" / "troubleshooting.md"
MARKER = (
    "<!-- From here on, `make docs` writes this page: the sections are in pulumi_userplane/cli/explain/codes.md. -->\n"
)
SERVER_ERROR = 500
STATUSES = (400, 401, 403, 404, 410, 429, SERVER_ERROR)
"""The statuses of Userplane that have advice of their own."""

STATUSES_HEAD = """\
## Any other response

Userplane may have more codes than it documents. Of any other response the status counts:

| status | what to do, as printed |
| --- | --- |
"""
STATUSES_TAIL = """
When a link is created, 400 often means that the domain is not verified, or that the project is in another workspace.

A response that is not JSON is not Userplane's, whatever its status. Its message says what may have sent it, and what to
do: [company networks](company-networks.md#what-each-message-means).
"""


def main() -> None:
    """Writes the page, or says that it is stale."""
    write_or_check(PAGE, render, __doc__)


def render() -> str:
    """Returns the page: its first half as it is, then all codes and statuses."""
    first_half = PAGE.read_text("utf-8").partition(MARKER)[0]
    sections = "\n".join(map(_render_section, read_sections().values()))
    statuses = "\n".join(map(_render_status, STATUSES))
    return f"{first_half}{MARKER}\n{sections}\n{STATUSES_HEAD}{statuses}\n{STATUSES_TAIL}"


def _render_section(section: Section) -> str:
    return f"### {section.code}\n\nStatus {section.status}. {section.meaning}\n\n{section.markdown}"


def _render_status(status: int) -> str:
    advice = api_error(Operation("read", "a link"), status, "", "").next_step
    return f"| {'5xx' if status == SERVER_ERROR else status} | {advice} |"


if __name__ == "__main__":
    main()
