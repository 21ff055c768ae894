"""Proves that a link which answers as gone was really deleted, before its state is given up.

The link's own 404 `LINK_NOT_FOUND` or 410 `LINK_GONE` is not enough: another server knows none of our links, and a
deleted project takes its links along and brings them back, with their addresses, when it is restored within 3 days
(https://docs.userplane.io/workspace/project-lifecycle).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.api.errors import APIError, Operation, UserplaneError, steps
from pulumi_userplane.api.identifiers import is_same_server
from pulumi_userplane.api.text import describe_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pulumi_userplane.api import Client
    from pulumi_userplane.lifecycle.run_state import RunState


def confirm_deleted(run: RunState, client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Returns when a link that answered with `error` was deleted for good.

    Raises:
        UserplaneError: It is not proved, or the answer is another failure; the state has to be kept.
    """
    require_same_server(client, recorded, error)
    _confirm_project_lives(run, client, recorded, error)


def require_same_server(client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Returns when `error` says that the link does not live, and comes from the server that knew it.

    Raises:
        UserplaneError: It says something else, or another server says it.
    """
    if not error.proves_link_gone or diff.SERVER not in recorded:
        raise error
    known = recorded[diff.SERVER]
    if not is_same_server(known, client.base_url):
        raise UserplaneError(
            f"{client.base_url} does not know it ({error.status} {error.code}), "
            f"but it was last seen at {known}; another server's answer proves nothing",
            operation=error.operation,
            next_step="set userplane:baseUrl or USERPLANE_BASE_URL back; the state is kept",
        )


def require_server_for_replacement(base_url: str, link_id: str, recorded: Mapping[str, Any]) -> None:
    """Returns when a link would be replaced on the server that knows it.

    Raises:
        UserplaneError: The new link would be made on another server, and the old one left where it is.
    """
    known = recorded.get(diff.SERVER, base_url)
    if not is_same_server(known, base_url):
        raise UserplaneError(
            f"it was last seen at {known}, the settings say {base_url}: the new link would be another server's",
            operation=Operation("replacement", describe_link(link_id, diff.label(recorded))),
            next_step="set userplane:baseUrl or USERPLANE_BASE_URL back",
        )


def warn_if_project_deleted(run: RunState, client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Warns when a link that leaves the state is gone only as long as its project is."""
    try:
        _confirm_project_lives(run, client, recorded, error)
    except UserplaneError as doubt:
        run.notify.warn(
            f"{error.subject} leaves the state, but {doubt.reason}: "
            "if the project comes back, so does the link, unmanaged"
        )


def _confirm_project_lives(run: RunState, client: Client, recorded: Mapping[str, Any], error: APIError) -> None:
    """Asks for the project once a run."""
    project = (client, str(recorded["workspace_id"]), str(recorded["project"]["project_id"]))
    if deletion := run.project_deletions.get(project, lambda: _deletion_of(project, error)):
        raise UserplaneError(
            f"it answers as gone because its project {project[2]} was deleted ({deletion})",
            operation=error.operation,
            next_step="restoring the project within 3 days brings the link back with its address; otherwise take the "
            "project's links out of the program; the state is kept",
        )


def _deletion_of(project: tuple[Client, str, str], error: APIError) -> str:
    client, workspace_id, project_id = project
    try:
        client.get_project(workspace_id, project_id)
    except APIError as answer:
        if answer.proves_project_gone:
            return f"{answer.status} {answer.code}"
        raise _unproved(error, answer) from None
    except UserplaneError as answer:
        raise _unproved(error, answer) from None
    return ""


def _unproved(error: APIError, answer: UserplaneError) -> UserplaneError:
    return UserplaneError(
        f"it answers {error.status} {error.code}, but whether its project still exists can't be told ({answer.reason})",
        operation=error.operation,
        next_step=steps(answer.next_step, "the state is kept"),
    )
