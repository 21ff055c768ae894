"""`pulumi-userplane recover`: lists a stack's orphaned links, brings them into its state, or deletes them."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api import Client
from pulumi_userplane.api.errors import APIError, ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.options import (
    BaseUrlOption,
    ConfigFileOption,
    FolderOption,
    JsonOption,
    StackOption,
    StateOption,
    WorkspaceOption,
)
from pulumi_userplane.cli.recover.check import MAX_MINUTES, run_check
from pulumi_userplane.cli.recover.import_file import print_import_command, write_import_file
from pulumi_userplane.cli.recover.orphans import OrphanedLink, list_journaled_workspaces
from pulumi_userplane.cli.recover.report import DEFAULT_MIN_AGE, build_json, print_orphans
from pulumi_userplane.cli.recover.search import Source, find_everywhere, list_workspace_ids
from pulumi_userplane.cli.stack import Stack
from pulumi_userplane.cli.timestamps import format_with_age, is_older, read_server_time

EXAMPLE = (
    "Example: `pulumi-userplane recover --stack dev --import-file left.json` lists the links that interrupted runs of "
    "the stack dev have orphaned, and writes a file that brings them into its state."
)
_WRONG_COMMAND_LINE = 2


def recover(
    *,
    stack: StackOption = None,
    state: StateOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    workspace: WorkspaceOption = None,
    base_url: BaseUrlOption = None,
    older_than: Annotated[
        float | None,
        typer.Option(
            metavar="MINUTES",
            min=0,
            max=525_600,
            help="List only links older than this. A younger one may belong to a run in progress. 0 lists all. "
            f"Default: {DEFAULT_MIN_AGE}. With --check, younger ones are left to `pulumi up`; 0 by default, at most "
            f"{MAX_MINUTES:g}.",
            show_default=False,
        ),
    ] = None,
    import_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a file for `pulumi import --file` that brings the links in."),
    ] = None,
    delete: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Delete this link; only ids from the list; repeatable. Asks first."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="For pipelines: only look for links of pending creations, of any age unless --older-than is given, "
            "and only if the state has such creations.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List the links that an interrupted run left behind; bring them in or delete them.

    Listed are live links whose ownership mark names this stack and that none of the given states holds. A link that
    you moved to another stack is listed too, until you give that stack's --state.

    Links in the states of --stack and --state are not listed. Without either, the selected stack's state is used.

    Nothing is changed at Userplane without --delete.

    With --check, nothing is sent to Userplane if no creation is pending. If links are listed, the exit code is 3, and
    the import file is written to left.json unless you name another one. With --older-than, younger links are left to
    `pulumi up`, which resumes them, and don't count.
    """
    source = Source(stack, state or (), folder, config_file, workspace, base_url)
    if check:
        minutes = older_than or 0.0
        _refuse_with_check(minutes, deletes=bool(delete))
        with exit_on_error():
            code = run_check(source, import_file, minutes, as_json=as_json)
        raise typer.Exit(code)
    min_age = DEFAULT_MIN_AGE if older_than is None else older_than
    with exit_on_error():
        account = source.load_account()
        states = source.read_states(account.stack)
        client = account.client
        recorded = [resource for known in states for resource in known.resources]
        workspace_ids = list_workspace_ids(account.settings, recorded) | list_journaled_workspaces(client, states)
        candidates, failures = find_everywhere(client, states, workspace_ids)
        now = read_server_time(client)
        orphans = [orphan for orphan in candidates if is_older(orphan.link.created_at, min_age * 60, now)]
        younger = [orphan for orphan in candidates if orphan not in orphans]
        _reject_younger(younger, delete or [], min_age, now)
        to_delete = _select(orphans, delete or [])
        if not as_json:
            print_orphans(states, orphans, younger, min_age, now)
        _delete(client, states, to_delete, ask=not yes)
        remaining = [orphan for orphan in orphans if orphan not in to_delete]
        imported = write_import_file(import_file, remaining, client.base_url) if import_file else []
        if as_json:
            typer.echo(json.dumps(build_json(orphans, younger, to_delete, imported), indent=2))
        elif import_file:
            print_import_command(import_file, len(imported), stack, config_file)
    for failure in failures:
        typer.echo(failure, err=True)
    if failures:
        raise typer.Exit(1)


def _refuse_with_check(minutes: float, *, deletes: bool) -> None:
    refusal = ""
    if deletes:
        refusal = "--check and --delete exclude each other; run once with either"
    elif minutes > MAX_MINUTES:
        refusal = f"--check takes --older-than up to {MAX_MINUTES:g}: `pulumi up` looks for no older links"
    if refusal:
        typer.echo(refusal, err=True)
        raise typer.Exit(_WRONG_COMMAND_LINE)


def _reject_younger(younger: Iterable[OrphanedLink], ids: Collection[str], min_age: float, now: float) -> None:
    for orphan in younger:
        if orphan.link.link_id in ids:
            created = format_with_age(orphan.link.created_at, now)
            raise ConfigurationError(
                f"{orphan.link.link_id} is not listed: it was created {created}, and links younger than {min_age:g} "
                "minutes are left out: nothing was deleted",
                next_step="if no run of the stack is in progress, add --older-than 0",
            )


def _select(orphans: Iterable[OrphanedLink], ids: Iterable[str]) -> list[OrphanedLink]:
    by_id = {orphan.link.link_id: orphan for orphan in orphans}
    for link_id in ids:
        if link_id not in by_id:
            raise ConfigurationError(
                f"{link_id} is not an orphaned link of this stack: nothing was deleted",
                next_step="run without --delete to see the list",
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
