"""`pulumi-userplane links`: lists the live links of a workspace, who made and who manages each."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from pulumi_userplane.api import Link
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import terminal
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    DomainOption,
    FolderOption,
    JsonOption,
    OtherStateOption,
    ProjectOption,
    StackOption,
    TitleOption,
    WorkspaceOption,
)
from pulumi_userplane.cli.settings import load_account
from pulumi_userplane.cli.stack import Stack, find_managers, read_states
from pulumi_userplane.cli.text import pluralize
from pulumi_userplane.cli.workspace import Filters, WorkspaceLinks, matches_title, read_links
from pulumi_userplane.recovery.ownership import ResourceRef, mark_in, parse_owner

EXAMPLE = (
    "Example: `pulumi-userplane links --title 'Help*' --json` prints the links whose titles begin with Help, for a "
    "script."
)
_GAP = 2
_MAX_NAME_WIDTH = 30
_MIN_TITLE_WIDTH = 12


@dataclass(frozen=True)
class _Row:
    """A link of the list.

    Attributes:
        link: The link as listed.
        domain_status: The status of its domain now.
        managed_by: The resources that manage it in the given states; None where no state is given.
    """

    link: Link
    domain_status: str
    managed_by: Sequence[ResourceRef] | None

    @property
    def mark(self) -> str | None:
        return mark_in(self.link.link_provider_ref)

    @property
    def made_by(self) -> str:
        """The resource that made it, as the ownership mark says; a mark that the program chose itself as it is."""
        return str(parse_owner(self.mark) or self.mark or "")


def links(
    *,
    domain: DomainOption = None,
    project: ProjectOption = None,
    title: TitleOption = None,
    state: OtherStateOption = None,
    stack: StackOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    workspace: WorkspaceOption = None,
    base_url: BaseUrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the live links of a workspace.

    "Made by" is the resource that the link's ownership mark names. "Managed by" is the stack whose state holds the
    link: that of --stack, else the selected one, and those of --state.

    Nothing is changed.
    """
    with exit_on_error():
        account = load_account(
            stack=stack, folder=folder, config_file=config_file, workspace=workspace, base_url=base_url
        )
        workspace_id = account.settings.require_workspace_id()
        states = read_states(stack, folder, state or (), with_stack=account.stack is not None)
        [source] = read_links(account.client, [workspace_id], Filters(domains=domain or (), projects=project or ()))
    rows = list(_list_rows(source, title or (), states))
    if as_json:
        typer.echo(json.dumps({"workspace_id": workspace_id, "links": list(map(_build_json, rows))}, indent=2))
    else:
        _print(rows, workspace_id, states)


def _list_rows(source: WorkspaceLinks, titles: Collection[str], states: Collection[Stack]) -> Iterator[_Row]:
    statuses = {domain.domain_id: domain.domain_status for domain in source.workspace.domains}
    managers = find_managers(states)
    for link in source.links:
        if matches_title(link, titles):
            status = statuses.get(link.domain.domain_id, link.domain.status)
            yield _Row(link, status, managers.get(link.link_id, []) if states else None)


def _print(rows: Sequence[_Row], workspace_id: str, states: Collection[Stack]) -> None:
    if rows:
        _print_table(rows, with_managed_by=bool(states))
        typer.echo()
    typer.echo(f"{pluralize(len(rows), 'link')} in workspace {workspace_id}")
    typer.echo(f"{sum(row.mark is None for row in rows)} without an ownership mark")
    if states:
        names = ", ".join(dict.fromkeys(f"{state.project}/{state.name}" for state in states))
        typer.echo(f"{sum(not row.managed_by for row in rows)} not managed by {names}")
    unverified = Counter(
        f"{sanitize(row.link.domain.url)} ({row.domain_status})" for row in rows if row.domain_status != "verified"
    )
    for domain, count in unverified.items():
        typer.echo(f"{count} on a domain that is not verified: {domain}")


def _print_table(rows: Sequence[_Row], *, with_managed_by: bool) -> None:
    """Prints each link in a line of a table and, below it, its address, which is longer than any column."""
    columns = {
        "Title": [row.link.link_title or "" for row in rows],
        "Id": [row.link.link_id for row in rows],
        "Made by": [row.made_by for row in rows],
        **({"Managed by": [", ".join(_list_managing_stacks(row)) for row in rows]} if with_managed_by else {}),
    }
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for name, width in _compute_widths(columns, terminal.measure_width()).items():
        table.add_column(name, no_wrap=True, width=width)
    for cells in zip(*columns.values(), strict=True):
        table.add_row(*(Text(sanitize(cell, 255)) for cell in cells))
    heading, *lines = terminal.render_table(table, width=10_000)
    typer.echo(heading)
    for row, line in zip(rows, lines, strict=True):
        typer.echo(line)
        status = "" if row.domain_status == "verified" else f" ({sanitize(row.domain_status)})"
        typer.echo(f"  {sanitize(row.link.link_url, 10_000)}{status}")


def _compute_widths(columns: Mapping[str, Sequence[str]], line_width: int) -> dict[str, int]:
    """Returns the width of each column. The title gets what the others leave; an id is never cut."""
    widths = {name: max(map(cell_len, [name, *map(sanitize, cells)])) for name, cells in columns.items()}
    for name in ("Made by", "Managed by"):
        if name in widths:
            widths[name] = min(widths[name], _MAX_NAME_WIDTH)
    others = sum(width + _GAP for name, width in widths.items() if name != "Title")
    return {**widths, "Title": max(min(widths["Title"], line_width - others - _GAP), _MIN_TITLE_WIDTH)}


def _list_managing_stacks(row: _Row) -> Iterable[str]:
    return dict.fromkeys(resource.project_and_stack for resource in row.managed_by or ())


def _build_json(row: _Row) -> dict[str, Any]:
    link, owner = row.link, parse_owner(row.mark)
    return {
        "id": link.link_id,
        "title": link.link_title,
        "url": link.link_url,
        "created_at": link.created_at,
        "creator": link.creator.model_dump(),
        "project": link.project.model_dump(),
        "domain": {**link.domain.model_dump(), "status": row.domain_status},
        "reference": link.link_provider_ref,
        "mark": row.mark,
        "made_by": None if owner is None else asdict(owner),
        "managed_by": None if row.managed_by is None else list(map(asdict, row.managed_by)),
    }
