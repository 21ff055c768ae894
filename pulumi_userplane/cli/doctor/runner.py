"""Looks at a set-up, check by check, waiting 5 seconds at most for the server in each; changes nothing."""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.rate_limit import RateLimit
from pulumi_userplane.api.retry import Deadline
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli import settings as command_settings
from pulumi_userplane.cli.doctor import server, settings_check, versions, workspace
from pulumi_userplane.cli.doctor.check import Check, failed
from pulumi_userplane.cli.doctor.provider_host import provider_host
from pulumi_userplane.cli.doctor.report import Choice, Report, StoppedError
from pulumi_userplane.cli.doctor.requests import LONGEST_SECONDS, asked, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.models import Me, Workspace
    from pulumi_userplane.cli.settings import Sources
    from pulumi_userplane.settings import Settings

_MOST_CHOICES = 5


def examine(
    stack: str | None, folder: Path, config_file: Path | None, workspace_id: str | None, base_url: str | None
) -> Report:
    """Returns the report on the set-up that a command with these options would use."""
    report = Report()
    try:
        report.checks += [versions.python(platform.python_version()), versions.sdk(version("pulumi")), _cli()]
        report.checks.append(provider_host(folder.absolute(), os.environ))
        with _stopping("configuration"):
            sources = command_settings.sources(
                stack=stack, folder=folder, config_file=config_file, workspace=workspace_id, base_url=base_url
            )
        report.need(_configuration(sources, folder.absolute()))
        report.given = settings_check.given(sources)
        report.need(settings_check.settings(report.given))
        settings = sources.read()
        report.need(settings_check.api_key(settings, sources))
        _ask_the_server(report, settings, sources, stack)
    except StoppedError as stopped:
        report.stop(stopped.check)
    return report


def _cli() -> Check:
    if not pulumi_cli.is_there():
        return versions.cli(None)
    return _checked(
        "Pulumi CLI",
        lambda: versions.cli(pulumi_cli.asked(Path.cwd(), "version").strip()),
    )


def _configuration(sources: Sources, folder: Path) -> Check:
    if sources.stack is not None:
        return Check("configuration", ok=True, detail=f"{sources.of_stack}, then the environment")
    if not pulumi_cli.is_there():
        why = "there is no pulumi to ask"
    elif pulumi_cli.project_file(folder) is None:
        why = f"there is no Pulumi.yaml in {folder} or above"
    else:
        why = "no stack is selected"
    return Check("configuration", ok=True, detail=f"the environment alone: {why}")


def _ask_the_server(report: Report, settings: Settings, sources: Sources, stack: str | None) -> None:
    client = settings.client()
    budget = RateLimit(
        client.shared_file, settings.requests_per_minute, settings.requests_per_day, notify=pulumi.log.info
    )
    report.need(settings_check.budget(settings, budget.usage(), why_alone=client.shared_file.why_alone))
    report.checks.append(server.user(_reached(report, client)))
    with _stopping("workspace"):
        deadline = Deadline(LONGEST_SECONDS)
        mine = rows(client, client.list_workspaces(include_workspace_membership=True))
        if settings.workspace_id is None:
            _offer(report, client, sources, stack, mine)
        workspace_id = settings.require_workspace_id()
        listed = next((each for each in mine if each.workspace_id == workspace_id), None)
        found = listed or asked(client, lambda: client.get_workspace(workspace_id), seconds=deadline.left)
    report.need(Check("workspace", ok=True, detail=f"{sanitize(found.workspace_name)} ({sanitize(workspace_id)})"))
    report.checks += [*_of_workspace(client, found), *_of_links(client, workspace_id, settings.meta_field)]


def _reached(report: Report, client: Client) -> Me:
    """Adds what the answer to the first request says of the address, TLS and the key; returns whose key it is."""
    error: UserplaneError | None = None
    try:
        me = asked(client, client.get_me)
    except UserplaneError as caught:
        error = caught
    report.need(server.address(client.base_url, error))
    report.need(server.tls(client.base_url, error))
    report.need(server.key_state(error))
    return me


def _offer(report: Report, client: Client, sources: Sources, stack: str | None, mine: list[Workspace]) -> None:
    """Adds the workspaces that the settings could name, and the commands that set what is missing."""
    for each in mine[:_MOST_CHOICES]:
        report.choices.append(
            Choice(each.workspace_id, sanitize(each.workspace_name), tuple(_of_workspace(client, each)))
        )

    def set_by(*arguments: str) -> str:
        return pulumi_cli.command("config", "set", *arguments, stack=stack, file=sources.config_file)

    if "userplane:apiKey" not in sources.configured:
        report.commands.append(set_by("--secret", "userplane:apiKey"))
    report.commands += [set_by("userplane:workspaceId", sanitize(each.workspace_id)) for each in mine]


def _of_workspace(client: Client, found: Workspace) -> list[Check]:
    workspace_id = found.workspace_id
    return [
        workspace.membership(found),
        _checked("domains", lambda: workspace.domains(rows(client, client.list_domains(workspace_id)))),
        _checked(
            "default project", lambda: workspace.default_project(rows(client, client.list_projects(workspace_id)))
        ),
    ]


def _of_links(client: Client, workspace_id: str, meta_field: str) -> list[Check]:
    try:
        page = asked(client, lambda: client.list_links_page(workspace_id, 1))
    except UserplaneError as error:
        return [failed("plan", error), failed("meta", error)]
    return [workspace.plan(page), workspace.meta(page, meta_field)]


def _checked(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except UserplaneError as error:
        return failed(name, error)


@contextmanager
def _stopping(name: str) -> Iterator[None]:
    try:
        yield
    except UserplaneError as error:
        raise StoppedError(failed(name, error)) from None
