"""Builds the paths of Userplane's endpoints; an id is one segment of its path, whatever it holds."""

from __future__ import annotations

from urllib.parse import quote

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.identifiers import is_id


def workspace(workspace_id: str) -> str:
    """Returns the path of a workspace.

    Raises:
        ConfigurationError: The id would lead elsewhere.
    """
    return f"/public/workspace/{_segment(workspace_id, 'workspace id')}"


def project(workspace_id: str, project_id: str) -> str:
    """Returns the path of a project; raises as `workspace`."""
    return f"{workspace(workspace_id)}/projects/{_segment(project_id, 'project id')}"


def links(workspace_id: str) -> str:
    """Returns the path of a workspace's links; raises as `workspace`."""
    return f"{workspace(workspace_id)}/links"


def link(workspace_id: str, link_id: str) -> str:
    """Returns the path of a link; raises as `workspace`."""
    return f"{links(workspace_id)}/{_segment(link_id, 'link id')}"


def _segment(value: str, name: str) -> str:
    if not is_id(value):
        raise ConfigurationError(f"the {name} is empty, a dot path, or holds control characters")
    return quote(value, safe="")
