"""Builds the entries of files for `pulumi import --file`, which bring links into a state, and writes such files.

If an entry has both inputs and outputs, the engine records them as they are, without reading the link.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi.dynamic.dynamic import serialize_provider  # noqa: TID251 - an import file holds what it returns

from pulumi_userplane import diff
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import files
from pulumi_userplane.cli.errors import make_write_error
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.property_names import to_camel_case_names
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.recovery.ownership import mark_in

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_userplane.api import Link

_DEFAULT_PROVIDER_TYPE = "web"


def build_entry(
    link: Link, name: str, mark: str | None, workspace_id: str, server: str, *, link_type: str = LINK_TYPE
) -> dict[str, Any]:
    """Returns the entry of a link, with all its values: id, inputs and outputs.

    What its program declares is not known. Each field counts as declared whose value differs from a new link's, except
    a reference that a creation made of the mark.

    Args:
        link: The link as just read.
        name: The resource's name in the program.
        mark: The ownership mark of the resource, or None if it is not known: the reference of any mark then counts as
            not declared.
        workspace_id: Where the link is.
        server: The base URL that responded.
        link_type: The type of the resource: the dynamic provider's or the plugin's.
    """
    fields = non_default_fields(link, mark_in(link.link_provider_ref) if mark is None else mark)
    recorded = {"mark": mark, "project_id": link.project.project_id, diff.MANAGED: fields}
    inputs = diff.build_live_inputs(link, recorded, workspace_id)
    return build_declared_entry(link, name, inputs, server, link_type=link_type)


def build_declared_entry(
    link: Link, name: str, inputs: Mapping[str, Any], server: str, *, link_type: str = LINK_TYPE
) -> dict[str, Any]:
    """Returns the entry of a link for which it is known what the program declares.

    Args:
        link: The link as just read.
        name: The resource's name in the program.
        inputs: What the program declares, with the workspace.
        server: The base URL that responded.
        link_type: The type of the resource: the dynamic provider's or the plugin's.
    """
    outputs = diff.build_outputs(link, inputs, server)
    entry = {"type": link_type, "name": name, "id": link.link_id}
    if link_type == PLUGIN_LINK_TYPE:
        return {**entry, "inputs": to_camel_case_names(inputs), "outputs": to_camel_case_names(outputs)}
    provider = {"__provider": serialize_provider(RecordingLinkProvider())}
    return {**entry, "inputs": {**provider, **inputs}, "outputs": {**provider, **outputs}}


def non_default_fields(link: Link, mark: str | None) -> list[str]:
    """Returns the fields that a program has to declare to get this link, because a new one has other values.

    Args:
        link: The link.
        mark: The mark of which a creation made the reference, or None.
    """
    live = link.model_dump()
    has_mark = mark is not None and mark_in(link.link_provider_ref) == mark
    defaults = {
        "link_reusable": False,
        "link_provider_type": _DEFAULT_PROVIDER_TYPE,
        "link_provider_ref": link.link_provider_ref if has_mark else "",
    }
    return [field for field in diff.PUT_FIELDS if not diff.are_equal(live[field], defaults.get(field))]


def format_content(content: Mapping[str, Any]) -> str:
    """Returns the text of an import file."""
    return json.dumps(content, indent=2) + "\n"


def write_import_file(file: Path, content: Mapping[str, Any]) -> None:
    """Writes an import file.

    Raises:
        ConfigurationError: The file exists and is not an import file, or can't be written.
    """
    try:
        if file.exists() and not (file.is_file() and _is_import_file(file)):
            raise ConfigurationError(
                f"{file} is not an import file: nothing was written", next_step="name another file"
            )
    except OSError as error:
        raise make_write_error(file, error) from None
    files.write_files({file: format_content(content)})


def _is_import_file(file: Path) -> bool:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(content, dict) and isinstance(content.get("resources"), list)
