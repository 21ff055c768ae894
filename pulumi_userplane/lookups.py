"""Look-ups in a Pulumi program: a domain or a project that is there already, found by address, title or id."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from pulumi_userplane.account import Provider, Settings, stack_config
from pulumi_userplane.api.errors import APIError, UserplaneError
from pulumi_userplane.program_error import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pulumi_userplane.api.client import Client

_MOST_LISTED = 20

T = TypeVar("T")


@dataclass(frozen=True)
class Domain:
    """A domain of a workspace; only one whose status is `verified` carries links."""

    domain_id: str
    url: str
    status: str


@dataclass(frozen=True)
class Project:
    """A project of a workspace."""

    project_id: str
    title: str
    is_default: bool


def get_domain(
    *,
    url: str | None = None,
    domain_id: str | None = None,
    workspace_id: str | None = None,
    provider: Provider | None = None,
) -> Domain:
    """Returns the domain with that address or id. Asks for the workspace's list of domains, 10 a request.

    Args:
        url: The address; scheme, capitals and a slash at the end make no difference. Either this or `domain_id`.
        domain_id: The id.
        workspace_id: Where to look; left out, the settings' workspace.
        provider: An explicit account. Its key must be known as text; with an Output use `get_domain_output`.

    Raises:
        ProgramError: No domain or several match (lists what there is), a setting is missing, or the request failed.
    """
    return _looked_up(_domain, provider, {"url": url, "domain_id": domain_id, "workspace_id": workspace_id})


def get_domain_output(
    *,
    url: pulumi.Input[str] | None = None,
    domain_id: pulumi.Input[str] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Domain]:
    """`get_domain` for arguments, or a provider's settings, that are Outputs."""
    return _looked_up_output(_domain, provider, {"url": url, "domain_id": domain_id, "workspace_id": workspace_id})


def get_project(
    *,
    title: str | None = None,
    project_id: str | None = None,
    default: bool | None = None,
    workspace_id: str | None = None,
    provider: Provider | None = None,
) -> Project:
    """Returns the project with that title or id, or the default one (https://docs.userplane.io/api/projects).

    One request by id; else the workspace's list of projects, 10 a request.

    Args:
        title: The title, to the letter. One of this, `project_id` and `default=True`.
        project_id: The id.
        default: True for the workspace's default project.
        workspace_id: Where to look; left out, the settings' workspace.
        provider: An explicit account. Its key must be known as text; with an Output use `get_project_output`.

    Raises:
        ProgramError: No project or several match (lists what there is), a setting is missing, or the request failed.
    """
    asked = {"title": title, "project_id": project_id, "default": default, "workspace_id": workspace_id}
    return _looked_up(_project, provider, asked)


def get_project_output(
    *,
    title: pulumi.Input[str] | None = None,
    project_id: pulumi.Input[str] | None = None,
    default: pulumi.Input[bool] | None = None,
    workspace_id: pulumi.Input[str] | None = None,
    provider: Provider | None = None,
) -> pulumi.Output[Project]:
    """`get_project` for arguments, or a provider's settings, that are Outputs."""
    asked = {"title": title, "project_id": project_id, "default": default, "workspace_id": workspace_id}
    return _looked_up_output(_project, provider, asked)


def _domain(client: Client, workspace_id: str, asked: dict[str, Any]) -> Domain:
    wanted = _only_one(asked, ("url", "domain_id"))
    there = [Domain(each.domain_id, each.domain_url, each.domain_status) for each in client.list_domains(workspace_id)]
    if wanted == "url":
        matches = [domain for domain in there if _bare(domain.url) == _bare(asked["url"])]
    else:
        matches = [domain for domain in there if domain.domain_id == asked["domain_id"]]
    names = {f"{domain.url} ({domain.status}, {domain.domain_id})": domain.url for domain in there}
    return _the_match(matches, f"domain {asked[wanted]!r} in workspace {workspace_id}", asked[wanted], names)


def _project(client: Client, workspace_id: str, asked: dict[str, Any]) -> Project:
    wanted = _only_one(asked, ("title", "project_id", "default"))
    if wanted == "project_id":
        try:
            found = client.get_project(workspace_id, asked["project_id"])
        except APIError as error:
            if not error.proves_project_gone:
                raise
        else:
            return Project(found.project_id, found.project_title, found.is_default)
    there = [
        Project(each.project_id, each.project_title, each.is_default) for each in client.list_projects(workspace_id)
    ]
    if wanted == "default":
        matches = [project for project in there if project.is_default]
    else:
        matches = [project for project in there if project.title == asked["title"]]
    what = "default project" if wanted == "default" else f"project {asked[wanted]!r}"
    names = {f"{project.title!r} ({project.project_id})": project.title for project in there}
    return _the_match(matches, f"{what} in workspace {workspace_id}", str(asked[wanted]), names)


def _looked_up(find: Callable[[Client, str, dict[str, Any]], T], provider: Provider | None, asked: dict[str, Any]) -> T:
    given = provider.given() if provider is not None else None
    if given is not None and any(isinstance(value, pulumi.Output) for value in given.values()):
        raise ProgramError(
            "a look-up can't wait for the settings of an explicit provider that are Outputs",
            next_step="use the function's _output twin, or give the provider its settings as text",
        )
    return _found(find, given, asked)


def _looked_up_output(
    find: Callable[[Client, str, dict[str, Any]], T], provider: Provider | None, asked: dict[str, Any]
) -> pulumi.Output[T]:
    given = provider.given() if provider is not None else None
    both = pulumi.Output.all(given=given, asked=asked)
    return both.apply(lambda known: _found(find, known["given"], known["asked"]))


def _found(find: Callable[[Client, str, dict[str, Any]], T], given: dict[str, Any] | None, asked: dict[str, Any]) -> T:
    try:
        settings = Settings.read(stack_config if given is None else given.get)
        client = settings.client()
        return find(client, asked["workspace_id"] or settings.require_workspace_id(), asked)
    except UserplaneError as error:
        raise ProgramError(str(error)) from None


def _only_one(asked: dict[str, Any], choices: tuple[str, ...]) -> str:
    given = [choice for choice in choices if asked[choice]]
    if len(given) != 1:
        raise ProgramError(f"a look-up takes exactly one of {', '.join(f'{choice}=' for choice in choices)}")
    return given[0]


def _the_match(matches: Sequence[T], what: str, wanted: str, names: dict[str, str]) -> T:
    if len(matches) == 1:
        return matches[0]
    nearest = sorted(names, key=lambda name: -difflib.SequenceMatcher(None, names[name], wanted).ratio())
    more = f", and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    there = ", ".join(nearest[:_MOST_LISTED]) + more if names else "none"
    count = "there is no" if not matches else f"there are {len(matches)} times"
    raise ProgramError(f"{count} {what}; there are: {there}")


def _bare(url: str) -> str:
    return url.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
