"""Prints what `recover` has found: each orphaned link, what it comes from, and how to bring it in or delete it."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import typer

from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.recover.import_file import select_importable
from pulumi_userplane.cli.timestamps import format_with_age, is_older
from pulumi_userplane.link_types import PLUGIN_LINK_TYPE
from pulumi_userplane.respelling import respell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pulumi_userplane.cli.recover.orphans import OrphanedLink
    from pulumi_userplane.cli.stack import Stack

DEFAULT_MIN_AGE = 15
"""How many minutes old a link must be for the list, unless `--older-than` says so."""

_LINE_LENGTH = 80


def print_orphans(
    stacks: Iterable[Stack],
    orphans: Sequence[OrphanedLink],
    younger: Sequence[OrphanedLink],
    minutes: float,
    now: float,
) -> None:
    """Prints the orphaned links, and how many links are too young to be judged.

    Args:
        stacks: Whose links were looked for.
        orphans: The links that are old enough.
        younger: Those that are not.
        minutes: The least age.
        now: The server's time, in seconds since 1970.
    """
    names = name_stacks(stacks)
    if orphans:
        typer.echo(f"Orphaned links for {names}:")
    else:
        unchecked = f" (links younger than {minutes:g} minutes were not checked)" if younger else ""
        typer.echo(f"No orphaned links for {names}{unchecked}.")
    importable = {orphan.mark: orphan for orphan in select_importable(orphans)}
    for orphan in orphans:
        importer = importable.get(orphan.mark)
        typer.echo(f"\n{orphan.link.link_title or '(no title)'}")
        print_facts(orphan, now, describe_import(orphan, importer), _describe_deletion(orphan, now))
    if younger:
        _print_younger(younger)


def name_stacks(stacks: Iterable[Stack]) -> str:
    """Returns the names of stacks, in one line."""
    return ", ".join(dict.fromkeys(f"{stack.project}/{stack.name}" for stack in stacks))


def print_facts(orphan: OrphanedLink, now: float, import_way: str, deletion_way: str) -> None:
    """Prints what is known of an orphaned link, and the ways on.

    Args:
        orphan: The link.
        now: The server's time, in seconds since 1970.
        import_way: How it gets into the state.
        deletion_way: How it is deleted.
    """
    for label, text in (
        ("id", orphan.link.link_id),
        ("address", orphan.link.link_url),
        ("created", format_with_age(orphan.link.created_at, now)),
        ("cause", orphan.cause),
        ("bring in", import_way),
        ("delete", deletion_way),
    ):
        typer.echo(_wrap(f"  {label:<9} ", text))


def _describe_deletion(orphan: OrphanedLink, now: float) -> str:
    """Returns the options that delete a link; `--delete` takes only what is listed with the same options."""
    option = f"--delete {orphan.link.link_id}"
    return option if is_older(orphan.link.created_at, DEFAULT_MIN_AGE * 60, now) else f"--older-than 0 {option}"


def _print_younger(younger: Sequence[OrphanedLink]) -> None:
    count, them = ("1 younger link was", "it") if len(younger) == 1 else (f"{len(younger)} younger links were", "them")
    typer.echo(f"\n{count} not checked: a run that is still in progress may record {them}.")
    if pending := sorted({orphan.name for orphan in younger if orphan.creation}):
        typer.echo(f"The state has pending creations of {', '.join(map(sanitize, pending))}.")
    typer.echo(f"If no run of the stack is in progress, --older-than 0 lists {them}.")


def describe_import(orphan: OrphanedLink, importable: OrphanedLink | None, way: str = "--import-file FILE") -> str:
    """Returns how a link gets into the state.

    Args:
        orphan: The link.
        importable: The newest link with the same mark, if an import file can bring that one in.
        way: What brings it in, where a file can.
    """
    if orphan.managed_by is not None:
        return f"not needed: the state has a link for {orphan.name}"
    argument = f'adopt="{orphan.link.link_id}"'
    argument = respell(argument) if orphan.link_types == {PLUGIN_LINK_TYPE} else argument
    adopt = f"{argument} where the program declares {orphan.name}"
    if importable is None:
        return f"{adopt} (--import-file can't: {orphan.import_obstacle})"
    if importable is orphan:
        return f"{way}, or {adopt}"
    return f"no: {importable.link.link_id} is newer; bring that one in, and delete this one"


def _wrap(label: str, text: str) -> str:
    # An address is longer than any line and has to stay whole.
    return fill(
        text,
        _LINE_LENGTH,
        initial_indent=label,
        subsequent_indent=" " * len(label),
        break_long_words=False,
        break_on_hyphens=False,
    )


def build_json(
    orphans: Iterable[OrphanedLink],
    younger: Collection[OrphanedLink],
    deleted: Collection[OrphanedLink],
    imported: Collection[OrphanedLink],
) -> dict[str, Any]:
    """Returns what `--json` prints.

    Args:
        orphans: The links that are old enough.
        younger: Those that are not.
        deleted: The links that were deleted.
        imported: The links in the import file.
    """
    return {
        "links": [
            {
                "id": orphan.link.link_id,
                "title": orphan.link.link_title,
                "url": orphan.link.link_url,
                "created_at": orphan.link.created_at,
                "workspace_id": orphan.workspace_id,
                "mark": orphan.mark,
                "resource": orphan.name,
                "what": orphan.cause,
                "held_instead": orphan.managed_by.id if orphan.managed_by else None,
                "earlier": orphan.is_predecessor,
                "deleted": orphan in deleted,
                "in_import_file": orphan in imported,
            }
            for orphan in orphans
        ],
        "younger": len(younger),
    }
