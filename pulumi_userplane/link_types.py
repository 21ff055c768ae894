"""The types under which Pulumi knows recording links; a link keeps its mark when it moves from one to the other."""

from __future__ import annotations

from pulumi_userplane.api.errors import UserplaneError

LINK_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"
"""The type of the dynamic provider, for Python programs."""

PLUGIN_LINK_TYPE = "userplane:index:RecordingLink"
"""The type of the plugin, for all languages."""

LINK_TYPES = frozenset({LINK_TYPE, PLUGIN_LINK_TYPE})

_PROVIDER = ":userplane"
"""How the type of a provider of the plugin ends."""


def require_link_of_plugin(urn: str) -> None:
    """Raises for a resource of the plugin that is neither a link nor a provider: Pulumi passes on every type.

    Args:
        urn: The resource; empty for a look-up.

    Raises:
        UserplaneError: The plugin has no such type.
    """
    types = [*urn.split("::"), "", ""][2]
    if types and not types.endswith((PLUGIN_LINK_TYPE, _PROVIDER)):
        raise UserplaneError(f"there is no resource type {types}; did you mean {PLUGIN_LINK_TYPE!r}?")
