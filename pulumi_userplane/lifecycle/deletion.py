"""Decides what proves that a link was deleted outside Pulumi, so that the state may drop it; deletes nothing itself.

The link's own 404 `LINK_NOT_FOUND` or 410 `LINK_GONE` is not enough. Another server knows none of our links. And a
deleted project hides its links and brings them back, with their addresses, when it is restored within 3 days
(https://docs.userplane.io/workspace/project-lifecycle).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import APIError, Operation, UserplaneError
from pulumi_userplane.api.identifiers import is_same_server
from pulumi_userplane.api.text import describe_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.lifecycle.run_state import RunState

_RESTORE_BASE_URL = "set the base URL back (userplane:baseUrl, USERPLANE_BASE_URL, or base_url= of the Provider)"


def require_proof_of_deletion(run: RunState, client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Raises unless `error` proves that the link was deleted for good.

    Raises:
        UserplaneError: It proves no such thing; the state has to be kept.
    """
    require_same_server(client, recorded, error)
    _require_live_project(run, client, recorded, error)


def require_same_server(client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Raises unless `error` says that the link is gone, and comes from the server that knew it.

    Raises:
        UserplaneError: It says something else, or comes from another server.
    """
    if not error.proves_link_gone or diff.SERVER not in recorded:
        raise error
    known_server = recorded[diff.SERVER]
    if not is_same_server(known_server, client.base_url):
        raise UserplaneError(
            f"{client.base_url} does not know it ({error.status} {error.code}), "
            f"but it was last seen at {known_server}, so it does not count as deleted",
            operation=error.operation,
            next_step=f"{_RESTORE_BASE_URL}; the state is kept",
            code=error.code,
        )


def require_server_for_replacement(base_url: str, link_id: str, recorded: Mapping[str, Any]) -> None:
    """Raises unless the link would be replaced on the server that knows it.

    Raises:
        UserplaneError: The new link would be on another server, and the old one would stay where it is.
    """
    known_server = recorded.get(diff.SERVER, base_url)
    if not is_same_server(known_server, base_url):
        raise UserplaneError(
            f"it was last seen at {known_server}, but the settings name {base_url}: "
            "the new link would be on another server",
            operation=Operation("replacement", describe_link(link_id, diff.label(recorded))),
            next_step=_RESTORE_BASE_URL,
        )


def warn_if_project_deleted(run: RunState, client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Warns when a link that the state drops comes back with its project."""
    try:
        _require_live_project(run, client, recorded, error)
    except UserplaneError as doubt:
        run.notify.warn(
            f"{error.subject} is dropped from the state, but {doubt.reason}: "
            "if the project is restored, the link comes back unmanaged"
        )


def _require_live_project(run: RunState, client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Raises unless the link's project lives; each project is looked up once a run."""
    project = (client, str(recorded["workspace_id"]), str(recorded["project"]["project_id"]))
    if deletion := run.project_deletions.get(project, lambda: _read_deletion(project, error)):
        status, code = deletion
        raise UserplaneError(
            f"it is gone because its project {project[2]} was deleted ({status} {code})",
            operation=error.operation,
            next_step="restoring the project within 3 days brings the link back with its address; otherwise take the "
            "project's links out of the program; the state is kept",
            code=code,
        )


def _read_deletion(project: tuple[Client, str, str], error: APIError) -> tuple[int, str] | None:
    """Returns the status and the code that prove that a project was deleted, or None."""
    client, workspace_id, project_id = project
    try:
        client.get_project(workspace_id, project_id)
    except APIError as failure:
        if failure.proves_project_gone:
            return failure.status, failure.code
        raise _build_unproved_error(error, failure) from None
    except UserplaneError as failure:
        raise _build_unproved_error(error, failure) from None
    return None


def _build_unproved_error(error: APIError, failure: UserplaneError) -> UserplaneError:
    return UserplaneError(
        f"the response is {error.status} {error.code}, but its project can't be read ({failure.reason}), so the link "
        "may come back with its project",
        operation=error.operation,
        next_step=steps(failure.next_step, "the state is kept"),
        code=failure.code or error.code,
    )
