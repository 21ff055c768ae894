"""`pulumi-userplane recover`: lists a stack's orphaned links, brings them into its state, or deletes them."""

import json
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api import Client
from pulumi_userplane.api.errors import APIError, ConfigurationError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import import_entries, pulumi_cli
from pulumi_userplane.cli.errors import adapt_advice, exit_on_error
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    FolderOption,
    JsonOption,
    StackOption,
    StateOption,
    WorkspaceOption,
)
from pulumi_userplane.cli.recover.orphans import (
    OrphanedLink,
    build_import_file,
    find_orphans,
    list_journaled_workspaces,
    select_importable,
)
from pulumi_userplane.cli.recover.report import build_json, print_orphans
from pulumi_userplane.cli.settings import load_account
from pulumi_userplane.cli.stack import Stack, read_states
from pulumi_userplane.cli.text import pluralize
from pulumi_userplane.cli.timestamps import is_older, read_server_time
from pulumi_userplane.settings import Settings

EXAMPLE = (
    "Example: `pulumi-userplane recover --stack dev --import-file left.json` lists the links that interrupted runs of "
    "the stack dev have orphaned, and writes a file that brings them into its state."
)


def recover(
    *,
    stack: StackOption = None,
    state: StateOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    workspace: WorkspaceOption = None,
    base_url: BaseUrlOption = None,
    older_than: Annotated[
        float,
        typer.Option(
            metavar="MINUTES",
            min=0,
            max=525_600,
            help="List only links older than this. A younger one may belong to a run in progress. 0 lists all.",
        ),
    ] = 15,
    import_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a file for `pulumi import --file` that brings the links in."),
    ] = None,
    delete: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Delete this link; only ids from the list; repeatable. Asks first."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the links that an interrupted run left behind; bring them in or delete them.

    Listed are live links whose ownership mark names this stack and that none of the given states holds. A link that
    you moved to another stack is listed too, until you give that stack's --state.

    Links in the states of --stack and --state are not listed. Without either, the selected stack's state is used.

    Nothing is changed at Userplane without --delete.
    """
    with exit_on_error():
        account = load_account(
            stack=stack, folder=folder, config_file=config_file, workspace=workspace, base_url=base_url
        )
        states = _read_states(account.stack, stack, folder, state or ())
        client = account.client
        candidates, failures = _find(client, states, _list_workspace_ids(account.settings, states))
        now = read_server_time(client)
        orphans = [orphan for orphan in candidates if is_older(orphan.link.created_at, older_than * 60, now)]
        younger = [orphan for orphan in candidates if orphan not in orphans]
        to_delete = _select(orphans, delete or [])
        if not as_json:
            print_orphans(states, orphans, younger, older_than, now)
        _delete(client, states, to_delete, ask=not yes)
        remaining = [orphan for orphan in orphans if orphan not in to_delete]
        imported = _write_import_file(import_file, remaining, client.base_url) if import_file else []
        if as_json:
            typer.echo(json.dumps(build_json(orphans, younger, to_delete, imported), indent=2))
        elif import_file:
            _print_import_command(import_file, len(imported), stack, config_file)
    for failure in failures:
        typer.echo(failure, err=True)
    if failures:
        raise typer.Exit(1)


def _read_states(configured: str | None, stack: str | None, folder: Path, files: Collection[Path]) -> list[Stack]:
    """Returns the states of the named stack and of the files; of the selected stack only where neither is given."""
    states = read_states(stack, folder, files, with_stack=bool(stack or (configured and not files)))
    if not states:
        raise ConfigurationError(
            "no stack is selected", next_step="name one with --stack, or give --state FILE from `pulumi stack export`"
        )
    return states


def _list_workspace_ids(settings: Settings, states: Iterable[Stack]) -> set[str]:
    """Returns the workspaces of the recorded links and of the settings, which must name one where no link is."""
    links = [resource for state in states for resource in state.resources if resource.is_managed_link]
    recorded = {workspace_id for link in links if (workspace_id := link.text("workspace_id"))}
    if settings.workspace_id is None and recorded:
        return recorded
    return recorded | {settings.require_workspace_id()}


def _find(client: Client, states: list[Stack], workspace_ids: set[str]) -> tuple[list[OrphanedLink], list[str]]:
    """Returns the orphaned links of all workspaces that can be read, and what is wrong with the others."""
    orphans: list[OrphanedLink] = []
    failures: list[str] = []
    for workspace_id in sorted(workspace_ids | list_journaled_workspaces(client, states)):
        with _collect_failure(failures):
            orphans += find_orphans(client, states, workspace_id)
    return orphans, failures


@contextmanager
def _collect_failure(failures: list[str]) -> Iterator[None]:
    try:
        yield
    except UserplaneError as error:
        failures.append(str(adapt_advice(error)))


def _select(orphans: Iterable[OrphanedLink], ids: Iterable[str]) -> list[OrphanedLink]:
    by_id = {orphan.link.link_id: orphan for orphan in orphans}
    for link_id in ids:
        if link_id not in by_id:
            raise ConfigurationError(
                f"{link_id} is not an orphaned link of this stack: nothing was deleted",
                next_step="run without --delete to see the list, with --older-than 0 to see younger links, too",
            )
    return [by_id[link_id] for link_id in dict.fromkeys(ids)]


def _delete(client: Client, states: Collection[Stack], to_delete: Collection[OrphanedLink], *, ask: bool) -> None:
    if to_delete and ask:
        typer.confirm(_ask_to_delete(states, to_delete), abort=True, err=True)
    for orphan in to_delete:
        try:
            client.delete_link(orphan.workspace_id, orphan.link.link_id, label=orphan.mark)
        except APIError as error:
            if not error.proves_link_gone:
                raise
        typer.echo(f"Deleted {orphan.link.link_id}.", err=True)


def _ask_to_delete(states: Collection[Stack], to_delete: Collection[OrphanedLink]) -> str:
    """Returns the question, with what an orphaned link can't be told from: one that a state not given holds."""
    links = ", ".join(f"{orphan.link.link_id} ({sanitize(orphan.link.link_url, 10_000)})" for orphan in to_delete)
    names = list(dict.fromkeys(f"{state.project}/{state.name}" for state in states))
    checked = f"the {'state' if len(names) == 1 else 'states'} of {' and '.join(names)} only"
    stops = "The address stops" if len(to_delete) == 1 else "The addresses stop"
    return f"Delete {links}? Checked against {checked}. {stops} working at once."


def _write_import_file(file: Path, orphans: Collection[OrphanedLink], server: str) -> list[OrphanedLink]:
    """Writes the import file, if there is something to import; returns the links in it."""
    imported = select_importable(orphans)
    if len({(orphan.stack.project, orphan.stack.name) for orphan in imported}) > 1:
        raise ConfigurationError(
            "an import file is for one stack, and the orphaned links are of several: nothing was written",
            next_step="run once for each stack, with --stack or --state of that one",
        )
    if imported:
        import_entries.write_import_file(file, build_import_file(imported, server))
    return imported


def _print_import_command(file: Path, count: int, stack: str | None, config_file: Path | None) -> None:
    if not count:
        typer.echo(f"\n{file} was not written: there is nothing to bring in.")
        return
    command = pulumi_cli.format_command(
        "import", "--file", str(file), "--generate-code=false", "--protect=false", stack=stack, file=config_file
    )
    typer.echo(
        f"\n{file} brings in {pluralize(count, 'link')}; read it, then run in the project's folder:\n\n  {command}"
    )
