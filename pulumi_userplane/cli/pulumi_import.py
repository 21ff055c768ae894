"""Builds and writes the file that `pulumi import --file` takes: the only form in which a state can take links in.

The engine takes the values of such a file as they are, without reading the link, if inputs and outputs are both there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pulumi.dynamic.dynamic import serialize_provider  # noqa: TID251 - an import file holds what it returns

from pulumi_userplane import diff
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import files
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.recovery.ownership import mark_in
from pulumi_userplane.recovery.state_reader import LINK_TYPE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_userplane.api import Link

_TYPE_OF_NEW_LINKS = "web"


def build_entry(link: Link, name: str, mark: str | None, workspace_id: str, server: str) -> dict[str, Any]:
    """Returns one link as `pulumi import` takes it, with all its values.

    What a program has declared of it can't be known: everything counts as declared that is not as in a new link. The
    reference that a creation gave it was not declared; it was made of the mark.

    Args:
        link: The link as just answered.
        name: The resource's name in the program.
        mark: The mark under which the resource makes its link, or None if that is not known: any mark's reference
            then counts as not declared.
        workspace_id: Where the link is.
        server: The base URL that answered.
    """
    fields = non_default_fields(link, mark_in(link.link_provider_ref) if mark is None else mark)
    recorded = {"mark": mark, "project_id": link.project.project_id, diff.MANAGED: fields}
    return build_declared_entry(link, name, diff.live_inputs(link, recorded, workspace_id), server)


def build_declared_entry(link: Link, name: str, inputs: Mapping[str, Any], server: str) -> dict[str, Any]:
    """Returns one link as `pulumi import` takes it, when it is known what the program declares.

    Args:
        link: The link as just answered.
        name: The resource's name in the program.
        inputs: What the program declares, with the workspace.
        server: The base URL that answered.
    """
    provider = {"__provider": serialize_provider(RecordingLinkProvider())}
    return {
        "type": LINK_TYPE,
        "name": name,
        "id": link.link_id,
        "inputs": {**provider, **inputs},
        "outputs": {**provider, **diff.outputs(link, inputs, server)},
    }


def non_default_fields(link: Link, mark: str | None) -> list[str]:
    """Returns the fields that a program has to declare to get this link, because a new one has other values.

    Args:
        link: The link.
        mark: The mark out of which a creation makes the reference, if any.
    """
    live = link.model_dump()
    made_by_it = mark is not None and mark_in(link.link_provider_ref) == mark
    as_new = {
        "link_reusable": False,
        "link_provider_type": _TYPE_OF_NEW_LINKS,
        "link_provider_ref": link.link_provider_ref if made_by_it else "",
    }
    return [field for field in diff.PUT_FIELDS if not diff.equal(live[field], as_new.get(field))]


def format_content(content: Mapping[str, Any]) -> str:
    """Returns the text of such a file."""
    return json.dumps(content, indent=2) + "\n"


def write_import_file(file: Path, content: Mapping[str, Any]) -> None:
    """Writes the file.

    Raises:
        ConfigurationError: It holds something else, or can't be written.
    """
    try:
        if file.exists() and not (file.is_file() and _is_import_file(file)):
            raise ConfigurationError(
                f"{file} is not an import file: nothing was written", next_step="name another file"
            )
    except OSError as error:
        raise ConfigurationError(f"{file} can't be written: {error.strerror}") from None
    files.write_files({file: format_content(content)})


def _is_import_file(file: Path) -> bool:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(content, dict) and isinstance(content.get("resources"), list)
