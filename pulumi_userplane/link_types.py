"""The types under which Pulumi knows recording links; a link keeps its mark when it moves from one to the other."""

from __future__ import annotations

LINK_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"
"""The type of the dynamic provider, for Python programs."""

PLUGIN_LINK_TYPE = "userplane:index:RecordingLink"
"""The type of the plugin, for all languages."""

LINK_TYPES = frozenset({LINK_TYPE, PLUGIN_LINK_TYPE})
