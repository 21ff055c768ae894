"""The look-ups by name, with arguments and results as all languages but Python spell them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from pulumi_userplane.api import Link
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.text import describe_kind
from pulumi_userplane.lookups.domains import find_domain, list_domains
from pulumi_userplane.lookups.links import find_link, list_links
from pulumi_userplane.lookups.projects import find_project, list_projects
from pulumi_userplane.lookups.source import Source
from pulumi_userplane.lookups.workspaces import find_user, list_members, list_workspaces
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.property_names import nearest_hint, to_camel_case, to_camel_case_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pulumi_userplane.api.client import Client
    from pulumi_userplane.lookups.source import Cache
    from pulumi_userplane.settings import Settings


class _Function(NamedTuple):
    """A look-up.

    Attributes:
        look_up: Looks something up in a source.
        arguments: The names of its arguments in Python; those of `required` must be given.
        list_name: What the result calls a list; empty for a look-up that finds one thing.
        has_workspace: Whether it looks into one workspace.
    """

    look_up: Callable[..., Any]
    arguments: tuple[str, ...] = ()
    list_name: str = ""
    has_workspace: bool = True
    required: tuple[str, ...] = ()


_FUNCTIONS = {
    "getDomain": _Function(find_domain, ("url", "domain_id")),
    "getDomains": _Function(list_domains, ("status",), "domains"),
    "getProject": _Function(find_project, ("title", "project_id", "default")),
    "getProjects": _Function(list_projects, (), "projects"),
    "getRecordingLink": _Function(find_link, ("link_id",), required=("link_id",)),
    "getRecordingLinks": _Function(list_links, ("domain_ids", "project_ids", "created_by"), "links"),
    "getWorkspaces": _Function(list_workspaces, (), "workspaces", has_workspace=False),
    "getMembers": _Function(list_members, (), "members"),
    "getUser": _Function(find_user, has_workspace=False),
}
_LISTS = {"domain_ids", "project_ids", "created_by"}
_PREFIX = "userplane:index:"


def invoke(client: Client, settings: Settings, cache: Cache, token: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a function finds, by the names of all languages but Python; each request is sent once.

    Args:
        client: The account's client.
        settings: The account's settings.
        cache: What the functions have read so far.
        token: The function, such as `userplane:index:getDomain`.
        given: Its arguments by the names of all languages but Python.

    Raises:
        UserplaneError: There is no such function, an argument is wrong, nothing matches, or a request failed.
    """
    name = token.removeprefix(_PREFIX)
    if name not in _FUNCTIONS:
        raise UserplaneError(f"there is no function {name}{nearest_hint(name, _FUNCTIONS)}")
    function = _FUNCTIONS[name]
    arguments = _read_arguments(name, function, given)
    workspace_id = arguments.pop("workspace_id", None)
    with cache.lock:
        source = Source(settings, client, workspace_id, cache)
        found = function.look_up(source, **arguments)
    if not function.list_name:
        return _describe(found, source)
    return {function.list_name: [_describe(one, source) for one in found]}


def _read_arguments(name: str, function: _Function, given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments by their names in Python, None for those that are left out."""
    names = {to_camel_case(argument): argument for argument in function.arguments}
    known = {**names, **({"workspaceId": "workspace_id"} if function.has_workspace else {})}
    for key, value in given.items():
        if key not in known:
            raise UserplaneError(f"{name}: {key!r} is not an argument{nearest_hint(key, known)}")
        if holds_output(value):
            raise UserplaneError(f"{name}: the argument {key} {IS_IN_TEXT}")
        if value is not None and (problem := _find_wrong_kind(known[key], value)):
            raise UserplaneError(f"{name}: {key}{problem}")
    for argument in function.required:
        if not given.get(to_camel_case(argument)):
            raise UserplaneError(f"{name}: the argument {argument} is missing")
    return {**dict.fromkeys(function.arguments), **{known[key]: value for key, value in given.items()}}


def _find_wrong_kind(argument: str, value: Any) -> str | None:  # noqa: ANN401 - whatever a program wrote
    """Returns what is wrong with the kind of a value, as it follows the argument's name."""
    if argument == "default":
        return None if isinstance(value, bool) else f" must be true or false, not {describe_kind(value)}"
    if argument not in _LISTS:
        return None if isinstance(value, str) else f" must be text, not {describe_kind(value)}"
    if not isinstance(value, list):
        return f" must be a list of texts, not {describe_kind(value)}"
    others = (
        f"[{position}] must be text, not {describe_kind(one)}"
        for position, one in enumerate(value)
        if not isinstance(one, str)
    )
    return next(others, None)


def _describe(found: Any, source: Source) -> dict[str, Any]:  # noqa: ANN401 - what a look-up returns
    if not isinstance(found, Link):
        return {to_camel_case(key): value for key, value in asdict(found).items()}
    place = {
        "workspace_id": source.workspace_id,
        "domain_id": found.domain.domain_id,
        "project_id": found.project.project_id,
    }
    return to_camel_case_names({**found.model_dump(), **place})
