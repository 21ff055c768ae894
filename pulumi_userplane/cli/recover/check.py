"""Checks for a pipeline whether creations that the state has as pending left links that no state holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli.recover.import_file import print_import_command, select_importable, write_import_file
from pulumi_userplane.cli.recover.pending import list_pending
from pulumi_userplane.cli.recover.report import build_json, describe_import, name_stacks, print_facts
from pulumi_userplane.cli.recover.search import find_everywhere, list_workspace_ids
from pulumi_userplane.cli.text import pluralize
from pulumi_userplane.cli.timestamps import format_with_age, is_older, read_server_time
from pulumi_userplane.recovery.recent_links import MAX_AGE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pulumi_userplane.cli.recover.orphans import OrphanedLink
    from pulumi_userplane.cli.recover.pending import PendingCreation
    from pulumi_userplane.cli.recover.search import Source
    from pulumi_userplane.cli.stack import Stack

FOUND = 3
"""The exit code when links were found; 1 is for what went wrong, 2 for a wrong command line."""

DEFAULT_FILE = Path("left.json")
"""Where the import file is written unless `--import-file` says so."""

MAX_MINUTES = MAX_AGE_SECONDS / 60
"""The highest age that `--older-than` may give: a run looks for no older links, and would create second ones."""

_INSTEAD_OF_CHECK = "--older-than 0 --delete {}, in place of --check"


@dataclass(frozen=True)
class _Finding:
    """What the check has found.

    Attributes:
        creations: The pending creations.
        orphans: Their links that no state holds and that count.
        younger: Those that are left to the next `pulumi up`.
        minutes: How old a link must be to count, whatever else is known of it.
        now: The server's time, in seconds since 1970.
        server: The base URL that responded.
        failures: What is wrong with workspaces that can't be read.
    """

    creations: Sequence[PendingCreation]
    orphans: Sequence[OrphanedLink] = ()
    younger: Sequence[OrphanedLink] = ()
    minutes: float = 0.0
    now: float = 0.0
    server: str = ""
    failures: Sequence[str] = ()

    def describe_doubts(self) -> dict[str, str]:
        """Returns why the link of a creation may exist without being found, by the creation's URN."""
        found = {orphan.mark for orphan in (*self.orphans, *self.younger)}
        doubts = {creation.resource.urn: _describe_doubt(creation) for creation in self.creations}
        marks = {creation.resource.urn: creation.mark for creation in self.creations}
        return {urn: doubt for urn, doubt in doubts.items() if doubt and marks[urn] not in found}


def run_check(source: Source, import_file: Path | None, minutes: float, *, as_json: bool) -> int:
    """Looks for the links of pending creations, prints what it finds, and writes the import file.

    Without a creation that can be looked for, it sends no request and needs no account.

    Args:
        source: The stacks and the account.
        import_file: The file, if it is not the usual one.
        minutes: Younger links are left to the next `pulumi up`.
        as_json: Whether to print JSON.

    Returns:
        The exit code: 0 without such a link of that age, 3 with one, 1 if a workspace can't be read.

    Raises:
        UserplaneError: A state, the account or Userplane can't be read, or the file can't be written.
    """
    states = source.read_states(source.find_selected_stack())
    finding = _look(source, states, minutes)
    if not as_json:
        _print_finding(states, finding)
    file = import_file or DEFAULT_FILE
    imported = write_import_file(file, finding.orphans, finding.server)
    if as_json:
        typer.echo(json.dumps(_build_json(finding, imported, file), indent=2))
    elif finding.orphans:
        _print_next_steps(source, file, len(imported))
    for failure in finding.failures:
        typer.echo(failure, err=True)
    if finding.failures:
        return 1
    return FOUND if finding.orphans else 0


def _look(source: Source, states: Collection[Stack], minutes: float) -> _Finding:
    creations = list_pending(states)
    searched = [creation.resource for creation in creations if creation.mark]
    if not searched:
        return _Finding(creations)
    account = source.load_account()
    client = account.client
    orphans, failures = find_everywhere(client, states, list_workspace_ids(account.settings, searched))
    pending = [orphan for orphan in orphans if orphan.creation]
    now = read_server_time(client)
    # Of two links with one mark the import file must know both: it brings in the newer one. And no run takes up a link
    # after which the state has got another one.
    counting = {
        orphan.mark
        for orphan in pending
        if orphan.is_predecessor or is_older(orphan.link.created_at, minutes * 60, now)
    }
    return _Finding(
        creations,
        [orphan for orphan in pending if orphan.mark in counting],
        [orphan for orphan in pending if orphan.mark not in counting],
        minutes,
        now,
        client.base_url,
        failures,
    )


def _describe_doubt(creation: PendingCreation) -> str:
    """Returns why no look can tell whether the creation left a link; empty if it can."""
    if creation.mark is None:
        return "it has no mark, so its link can't be looked for"
    if creation.has_secret_mark:
        return f"its mark is a secret, so the usual one was looked for, {creation.mark}"
    if creation.can_lose_mark and not creation.is_recorded:
        return "it declares link_provider_ref, which may have replaced the mark of its link"
    return ""


def _print_finding(states: Collection[Stack], finding: _Finding) -> None:
    """Prints the links without their titles, which may be secret: a pipeline keeps its log."""
    names = name_stacks(states)
    if not finding.creations:
        typer.echo(f"No creation of a link is pending in the state of {names}.")
        return
    if finding.orphans:
        typer.echo(f"Orphaned links of pending creations in the state of {names}:")
    elif not finding.failures:
        count = pluralize(len(finding.creations), "pending creation")
        age = f" are older than {finding.minutes:g} minutes" if finding.younger else ""
        typer.echo(f"No orphaned links of {count} in the state of {names}{age}.")
    importable = {orphan.mark: orphan for orphan in select_importable(finding.orphans)}
    instead = f"{_INSTEAD_OF_CHECK} --older-than {finding.minutes:g}" if finding.minutes else _INSTEAD_OF_CHECK
    for orphan in finding.orphans:
        typer.echo(f"\n{sanitize(orphan.name)}")
        way = describe_import(orphan, importable.get(orphan.mark), "the file below")
        print_facts(orphan, finding.now, way, instead.format(orphan.link.link_id))
    if finding.younger:
        them = "it" if len(finding.younger) == 1 else "them"
        typer.echo(f"\nCreated less than {finding.minutes:g} minutes ago: `pulumi up` resumes {them}:")
    for orphan in finding.younger:
        created = format_with_age(orphan.link.created_at, finding.now)
        typer.echo(f"  {sanitize(orphan.name)}: {orphan.link.link_id}, created {created}")
    if doubts := finding.describe_doubts():
        typer.echo("\nNot certain for these; compare `pulumi-userplane links` with the program:")
    names_by_urn = {creation.resource.urn: creation.resource.name for creation in finding.creations}
    for urn, doubt in doubts.items():
        typer.echo(f"  {sanitize(names_by_urn[urn])}: {doubt}")


def _print_next_steps(source: Source, file: Path, count: int) -> None:
    typer.echo("\nIf a run of the stack is in progress, wait for its end and check again.")
    if count:
        typer.echo(
            f"Remove from {file} what the program no longer declares: after the import, `pulumi up` would delete it at "
            "Userplane."
        )
    print_import_command(file, count, source.stack, source.config_file)
    clear = pulumi_cli.format_command("refresh", "--clear-pending-creates", stack=source.stack, file=source.config_file)
    typer.echo(
        f"\nTo keep a link outside the stack, run this once nothing else is missing; --check then passes:\n\n  {clear}"
    )


def _build_json(finding: _Finding, imported: Collection[OrphanedLink], file: Path) -> dict[str, Any]:
    """Returns what `--check --json` prints."""
    doubts = finding.describe_doubts()
    return {
        **build_json(finding.orphans, finding.younger, (), imported),
        "pending": [
            {
                "urn": creation.resource.urn,
                "resource": creation.resource.name,
                "mark": creation.mark,
                "doubt": doubts.get(creation.resource.urn),
            }
            for creation in finding.creations
        ],
        "import_file": str(file) if imported else None,
    }
