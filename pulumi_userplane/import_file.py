"""Makes the entries of a file for `pulumi import --file`: the only form in which a link can be brought into a state.

The engine takes the values of such a file as they are, without reading the link, if inputs and outputs are both there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic.dynamic import serialize_provider

from pulumi_userplane import changes
from pulumi_userplane.provider import RecordingLinkProvider

if TYPE_CHECKING:
    from pulumi_userplane.api import Link

LINK_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"

_TYPE_OF_NEW_LINKS = "web"


def entry(link: Link, name: str, mark: str, workspace_id: str, server: str) -> dict[str, Any]:
    """Returns one link as `pulumi import` takes it, with all its values.

    What a program has declared of it can't be known: everything counts as declared that is not as in a new link. The
    reference that a creation gave it was not declared; it was made of the mark.

    Args:
        link: The link as just answered.
        name: The resource's name in the program.
        mark: The mark under which the link was made.
        workspace_id: Where the link is.
        server: The base URL that answered.
    """
    recorded = {"mark": mark, "project_id": link.project.project_id, changes.MANAGED: _declared(link, mark)}
    inputs = changes.live_inputs(link, recorded, workspace_id)
    provider = {"__provider": serialize_provider(RecordingLinkProvider())}
    return {
        "type": LINK_TYPE,
        "name": name,
        "id": link.link_id,
        "inputs": {**provider, **inputs},
        "outputs": {**provider, **changes.outputs(link, inputs, server)},
    }


def _declared(link: Link, mark: str) -> list[str]:
    live = link.model_dump()
    as_new = {
        "link_reusable": False,
        "link_provider_type": _TYPE_OF_NEW_LINKS,
        "link_provider_ref": live["link_provider_ref"] if is_from_mark(live["link_provider_ref"], mark) else "",
    }
    return [field for field in changes.PUT_FIELDS if not changes.same(live[field], as_new.get(field))]


def is_from_mark(reference: str | None, mark: str) -> bool:
    """Returns whether a creation under this mark gave the link its reference."""
    return reference is not None and reference.rpartition("#")[0] == mark
