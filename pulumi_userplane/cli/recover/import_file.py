"""Writes the file for `pulumi import --file` that brings orphaned links in, and says how to use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from pulumi_userplane import diff
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import import_entries, pulumi_cli
from pulumi_userplane.cli.text import pluralize
from pulumi_userplane.property_names import to_camel_case

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pulumi_userplane.cli.recover.orphans import OrphanedLink


def select_importable(orphans: Collection[OrphanedLink]) -> list[OrphanedLink]:
    """Returns of each resource that the state lacks the newest link, if its place in the state is known."""
    newest = {orphan.mark: orphan for orphan in sorted(orphans, key=lambda orphan: orphan.link.created_at)}
    return [orphan for orphan in newest.values() if orphan.is_importable]


def write_import_file(file: Path, orphans: Collection[OrphanedLink], server: str) -> list[OrphanedLink]:
    """Writes the import file, if there is something to import; returns the links in it.

    Args:
        file: The file.
        orphans: The orphaned links, of which some may not be importable.
        server: The base URL that responded.

    Raises:
        ConfigurationError: The links are of several stacks, or the file can't be written.
    """
    imported = select_importable(orphans)
    if len({(orphan.stack.project, orphan.stack.name) for orphan in imported}) > 1:
        raise ConfigurationError(
            "an import file is for one stack, and the orphaned links are of several: nothing was written",
            next_step="run once for each stack, with --stack or --state of that one",
        )
    if imported:
        import_entries.write_import_file(file, _build_content(imported, server))
    return imported


def print_import_command(file: Path, count: int, stack: str | None, config_file: Path | None) -> None:
    """Prints the command that imports the file, or that there is no file.

    Args:
        file: The file.
        count: How many links it brings in.
        stack: What `--stack` says.
        config_file: What `--config-file` says.
    """
    if not count:
        typer.echo(f"\n{file} was not written: there is nothing to bring in.")
        return
    command = pulumi_cli.format_command(
        "import", "--file", str(file), "--generate-code=false", "--protect=false", stack=stack, file=config_file
    )
    typer.echo(
        f"\n{file} brings in {pluralize(count, 'link')}; read it, then run in the project's folder:\n\n  {command}"
    )


def _build_content(orphans: Collection[OrphanedLink], server: str) -> dict[str, Any]:
    """Returns the content of a file for `pulumi import --file` that brings these links in.

    Args:
        orphans: Links that `select_importable` has selected.
        server: The base URL that responded.
    """
    name_table: dict[str, str] = {}
    entries = []
    for orphan in orphans:
        [link_type] = orphan.link_types
        entry = import_entries.build_entry(
            orphan.link, orphan.name, orphan.mark, orphan.workspace_id, server, link_type=link_type
        )
        if orphan.creation:
            _leave_out(entry, orphan.creation.secret_fields)
        if orphan.parent_types:
            [urn] = orphan.find_parent_urns()
            alias = f"parent{len(name_table)}"
            name_table[alias] = urn
            entry["parent"] = alias
        entries.append(entry)
    return {"nameTable": name_table, "resources": entries}


def _leave_out(entry: dict[str, Any], fields: set[str]) -> None:
    """Removes secret fields: the file is plaintext, and so would the imported state be. The next `up` sends them."""
    secrets = {*fields, *map(to_camel_case, fields)}
    for part in ("inputs", "outputs"):
        entry[part] = {key: value for key, value in entry[part].items() if key not in secrets}
    entry["outputs"][diff.MANAGED] = [field for field in entry["outputs"][diff.MANAGED] if field not in fields]
