"""`pulumi-userplane recover`: what a stack's runs have made at Userplane and its state does not hold."""

import json
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any

import typer

from pulumi_userplane.api import Client
from pulumi_userplane.api.errors import APIError, ConfigurationError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.api.timestamps import parse_timestamp
from pulumi_userplane.cli import pulumi_cli, pulumi_import
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
from pulumi_userplane.cli.recover.orphans import LeftLink, find, importable, imported, is_older, noted_places
from pulumi_userplane.cli.settings import load_account
from pulumi_userplane.cli.stack import Stack, read_states
from pulumi_userplane.settings import Settings

EXAMPLE = (
    "Example: `pulumi-userplane recover --stack dev --import-file left.json` lists what killed runs of the stack dev "
    "have left, and writes a file that brings it in."
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
        float, typer.Option(min=0, max=525_600, help="Minutes; a younger link may be in use by a run.")
    ] = 15,
    import_file: Annotated[Path | None, typer.Option(help="Write a file for `pulumi import --file`.")] = None,
    delete: Annotated[list[str] | None, typer.Option(metavar="ID", help="Delete this one; may be repeated.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List live links that this stack has made and its state does not hold.

    Nothing is changed without --delete. Links of other stacks are never listed.
    The state is that of --stack and of --state; without either, of the selected stack.
    """
    with exit_on_error():
        account = load_account(
            stack=stack, folder=folder, config_file=config_file, workspace=workspace, base_url=base_url
        )
        given = _read_states(account.stack, stack, folder, state or ())
        client = account.client
        every, failures = _found(client, given, _workspace_ids(account.settings, given))
        found = [each for each in every if is_older(client, each, older_than * 60)]
        younger = [each for each in every if each not in found]
        doomed = _named(found, delete or [])
        if not as_json:
            _print(client, given, found, f" older than {older_than:g} minutes" if younger else "")
            _print_younger(younger)
        deleted = _delete(client, doomed, ask=not yes)
        left = [each for each in found if each not in deleted]
        written = _write(import_file, left, client.base_url) if import_file else []
        if as_json:
            _print_json(found, len(younger), deleted, written)
        elif import_file:
            _print_written(import_file, written, stack, config_file)
    for failure in failures:
        typer.echo(failure, err=True)
    if failures:
        raise typer.Exit(1)


def _read_states(configured: str | None, stack: str | None, folder: Path, files: Collection[Path]) -> list[Stack]:
    """The states: of the stack that is named, of the files; of the selected stack only where neither is given."""
    states = read_states(stack, folder, files, with_stack=bool(stack or (configured and not files)))
    if not states:
        raise ConfigurationError("no stack: give --stack NAME, or --state FILE from `pulumi stack export`")
    return states


def _workspace_ids(settings: Settings, given: Iterable[Stack]) -> set[str]:
    links = [each for stack in given for each in stack.resources if each.is_managed_link]
    recorded = {place for each in links if (place := each.text("workspace_id"))}
    return recorded | {settings.workspace_id or (settings.require_workspace_id() if not recorded else "")} - {""}


def _found(client: Client, given: list[Stack], workspace_ids: set[str]) -> tuple[list[LeftLink], list[str]]:
    """What is left in all workspaces that can be read, and what is wrong with the others."""
    found: list[LeftLink] = []
    failures: list[str] = []
    for workspace_id in sorted(workspace_ids | noted_places(client, given)):
        with _kept(failures):
            found += find(client, given, workspace_id)
    return found, failures


@contextmanager
def _kept(failures: list[str]) -> Iterator[None]:
    try:
        yield
    except UserplaneError as error:
        failures.append(str(error))


def _named(found: list[LeftLink], ids: list[str]) -> list[LeftLink]:
    by_id = {left.link.link_id: left for left in found}
    for link_id in ids:
        if link_id not in by_id:
            raise ConfigurationError(
                f"{link_id} is not a link that this stack has left: nothing was deleted",
                next_step="run without --delete to see the list; --older-than 0 shows young ones too",
            )
    return [by_id[link_id] for link_id in dict.fromkeys(ids)]


def _delete(client: Client, doomed: list[LeftLink], *, ask: bool) -> list[LeftLink]:
    if doomed and ask:
        ids = ", ".join(left.link.link_id for left in doomed)
        typer.confirm(f"Delete {ids}? The address stops working at once.", abort=True, err=True)
    for left in doomed:
        try:
            client.delete_link(left.workspace_id, left.link.link_id, label=left.mark)
        except APIError as error:
            if not error.proves_link_gone:
                raise
        typer.echo(f"Deleted {left.link.link_id}.", err=True)
    return doomed


def _write(file: Path, left: list[LeftLink], server: str) -> list[LeftLink]:
    written = importable(left)
    if len({(each.stack.project, each.stack.name) for each in written}) > 1:
        raise ConfigurationError("an import file is for one stack: give only the state of that one")
    if written:
        pulumi_import.write_import_file(file, imported(left, server))
    return written


def _print(client: Client, given: list[Stack], found: list[LeftLink], age: str) -> None:
    names = ", ".join(dict.fromkeys(f"{each.project}/{each.name}" for each in given))
    if not found:
        typer.echo(f"No link of {names}{age} is left." if age else f"No link of {names} is left: the state holds all.")
        return
    typer.echo(f"Not in the state of {names}:")
    brought_in = importable(found)
    for left in found:
        link = left.link
        typer.echo(f"\n{link.link_title or '(no title)'}")
        for label, text in (
            ("id", link.link_id),
            ("address", link.link_url),
            ("made", _made(client, link.created_at)),
            ("what", left.what),
            ("bring in", _way_in(left, is_importable=left in brought_in)),
            ("delete", f"--delete {link.link_id}"),
        ):
            typer.echo(_hanging(f"  {label:<9} ", text))


def _print_younger(younger: list[LeftLink]) -> None:
    if not younger:
        return
    count = "1 younger link was" if len(younger) == 1 else f"{len(younger)} younger links were"
    typer.echo(f"\n{count} not judged: a run may still be making what the state does not hold.")
    if unfinished := sorted({each.name for each in younger if each.is_pending}):
        typer.echo(f"The state names as creations without an end: {', '.join(map(sanitize, unfinished))}.")
    typer.echo("If no run of the stack goes on, --older-than 0 shows all.")


def _hanging(label: str, text: str) -> str:
    # An address is longer than any line and has to stay whole.
    indent = " " * len(label)
    return fill(
        text, 80, initial_indent=label, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _made(client: Client, created_at: str) -> str:
    made = parse_timestamp(created_at)
    if made is None:
        return created_at
    minutes = ((client.server_time(time.monotonic()) or time.time()) - made) / 60
    ago = f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
    return f"{datetime.fromtimestamp(made, timezone.utc):%Y-%m-%d %H:%M} UTC, {ago} ago"


def _way_in(left: LeftLink, *, is_importable: bool) -> str:
    if left.holder is not None:
        return f"not needed: the state has a link for {left.name}"
    adopting = f'adopt="{left.link.link_id}" where the program declares {left.name}'
    if is_importable:
        return f"--import-file FILE, or {adopting}"
    if left.parent_types and len(left.parents()) != 1:
        return f"{adopting} (a file can't: the state has not just one {left.parent_types})"
    return f"can't: a newer one is left for {left.name}"


def _print_written(file: Path, written: list[LeftLink], stack: str | None, config_file: Path | None) -> None:
    if not written:
        typer.echo(f"\n{file} was not written: there is nothing to bring in.")
        return
    command = pulumi_cli.format_command(
        "import", "--file", str(file), "--generate-code=false", "--protect=false", stack=stack, file=config_file
    )
    typer.echo(f"\n{file} brings in {len(written)}; look at it, then run in the project's folder:\n\n  {command}")


def _print_json(found: list[LeftLink], younger: int, deleted: list[LeftLink], written: list[LeftLink]) -> None:
    def row(left: LeftLink) -> dict[str, Any]:
        link = left.link
        return {
            "id": link.link_id,
            "title": link.link_title,
            "url": link.link_url,
            "created_at": link.created_at,
            "workspace_id": left.workspace_id,
            "mark": left.mark,
            "resource": left.name,
            "what": left.what,
            "held_instead": left.holder.id if left.holder else None,
            "earlier": left.is_earlier,
            "deleted": left in deleted,
            "in_import_file": left in written,
        }

    typer.echo(json.dumps({"links": [row(left) for left in found], "younger": younger}, indent=2))
