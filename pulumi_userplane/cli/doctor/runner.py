"""Runs the checks in their order; each waits 5 seconds at most for the server, and nothing is changed."""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.api.retry import Deadline
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli import settings as command_settings
from pulumi_userplane.cli.doctor import local_checks, server_checks
from pulumi_userplane.cli.doctor.provider_host import check_provider_host
from pulumi_userplane.cli.doctor.report import AvailableWorkspace, Check, Report, RequiredCheckError, build_failure
from pulumi_userplane.cli.settings import inform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.models import Me, Workspace
    from pulumi_userplane.cli.settings import Sources
    from pulumi_userplane.settings import Settings

MAX_SECONDS = 5.0
"""How long a check waits for the server."""

_MAX_WORKSPACES_CHECKED = 5

T = TypeVar("T")


def run_checks(
    stack: str | None,
    folder: Path,
    config_file: Path | None,
    workspace_id: str | None,
    base_url: str | None,
    *,
    max_seconds: float = MAX_SECONDS,
) -> Report:
    """Returns the report on the set-up that a command with these options would use.

    Args:
        stack: What `--stack` says, like the next four.
        folder: The project's folder.
        config_file: What `--config-file` says.
        workspace_id: What `--workspace` says.
        base_url: What `--base-url` says.
        max_seconds: How long a check waits for the server.
    """
    report = Report()
    try:
        _check_machine(report, folder.absolute())
        with _require_step("configuration"):
            sources = command_settings.load_sources(
                stack=stack, folder=folder, config_file=config_file, workspace=workspace_id, base_url=base_url
            )
        settings = _check_settings(report, sources, folder.absolute())
        _check_server(report, settings, sources, stack, max_seconds)
    except RequiredCheckError as error:
        report.stop_at(error.check)
    return report


def _check_machine(report: Report, folder: Path) -> None:
    report.checks += [
        local_checks.check_python(platform.python_version()),
        local_checks.check_sdk(version("pulumi")),
        _check_cli(),
        check_provider_host(folder, os.environ),
    ]


def _check_cli() -> Check:
    if not pulumi_cli.is_installed():
        return local_checks.check_cli(None)
    return _check("Pulumi CLI", lambda: local_checks.check_cli(pulumi_cli.run(Path.cwd(), "version").strip()))


def _check_settings(report: Report, sources: Sources, folder: Path) -> Settings:
    report.require(_check_configuration(sources, folder))
    report.settings = local_checks.list_settings(sources)
    report.require(local_checks.check_settings(report.settings))
    settings = sources.parse_all()
    report.require(local_checks.check_api_key(settings, sources))
    return settings


def _check_configuration(sources: Sources, folder: Path) -> Check:
    if sources.stack is not None:
        return Check("configuration", ok=True, detail=f"{sources.stack_description}, then the environment")
    if not pulumi_cli.is_installed():
        why = "there is no pulumi to ask"
    elif pulumi_cli.find_project_file(folder) is None:
        why = f"there is no Pulumi.yaml in {folder} or above"
    else:
        why = "no stack is selected"
    return Check("configuration", ok=True, detail=f"the environment alone: {why}")


def _check_server(report: Report, settings: Settings, sources: Sources, stack: str | None, max_seconds: float) -> None:
    with _require_step("budget"):
        client = settings.make_client(notify=inform)
        rate_limit = _check_rate_limit(client, settings)
    report.require(rate_limit)
    requests = _Requests(client, max_seconds)
    report.checks.append(server_checks.check_user(_check_connection(report, requests)))
    with _require_step("workspace"):
        deadline = Deadline(max_seconds)
        workspaces = requests.list_all(client.list_workspaces(include_workspace_membership=True))
        if settings.workspace_id is None:
            _offer_workspaces(report, requests, workspaces)
            _offer_commands(report, sources, stack, workspaces)
        workspace_id = settings.require_workspace_id()
        known = next((workspace for workspace in workspaces if workspace.workspace_id == workspace_id), None)
        workspace = known or requests.send(lambda: client.get_workspace(workspace_id), deadline.left)
    name = f"{sanitize(workspace.workspace_name)} ({sanitize(workspace_id)})"
    report.require(Check("workspace", ok=True, detail=name))
    report.checks += _check_workspace(requests, workspace)
    report.checks += _check_links(requests, workspace_id, settings.meta_field)


def _check_rate_limit(client: Client, settings: Settings) -> Check:
    file, store = client.shared_file, client.limit_store
    advice = store.check() if store else ""
    usage = client.rate_limit.usage()
    if store and not store.is_lost:
        counted = f"by all machines that use the limit store at {store.name}"
        return local_checks.check_rate_limit(settings, usage, counted=counted, problem=advice)
    counted = "on this machine" if file.is_shared else ""
    return local_checks.check_rate_limit(settings, usage, counted=counted, problem=steps(advice, file.problem))


def _check_connection(report: Report, requests: _Requests) -> Me:
    """Adds what the response to the first request says of the address, TLS and the key; returns whose key it is."""
    client = requests.client
    failure: UserplaneError | None = None
    try:
        me = requests.send(client.get_me)
    except UserplaneError as error:
        failure = error
    report.require(server_checks.check_address(client.base_url, client.proxy, failure))
    report.require(server_checks.check_tls(client.base_url, failure))
    report.require(server_checks.check_key_state(failure))
    return me


def _offer_workspaces(report: Report, requests: _Requests, workspaces: list[Workspace]) -> None:
    """Adds the workspaces that the settings could name."""
    for workspace in workspaces[:_MAX_WORKSPACES_CHECKED]:
        checks = tuple(_check_workspace(requests, workspace))
        name = sanitize(workspace.workspace_name)
        report.workspaces.append(AvailableWorkspace(workspace.workspace_id, name, checks))


def _offer_commands(report: Report, sources: Sources, stack: str | None, workspaces: list[Workspace]) -> None:
    """Adds the commands that set what is missing."""

    def config_set(*arguments: str) -> str:
        return pulumi_cli.format_command("config", "set", *arguments, stack=stack, file=sources.config_file)

    if "userplane:apiKey" not in sources.configuration:
        report.commands.append(config_set("--secret", "userplane:apiKey"))
    report.commands += [
        config_set("userplane:workspaceId", sanitize(workspace.workspace_id)) for workspace in workspaces
    ]


def _check_workspace(requests: _Requests, workspace: Workspace) -> list[Check]:
    client, workspace_id = requests.client, workspace.workspace_id
    return [
        server_checks.check_role(workspace),
        _check("domains", lambda: server_checks.check_domains(requests.list_all(client.list_domains(workspace_id)))),
        _check(
            "default project",
            lambda: server_checks.check_default_project(requests.list_all(client.list_projects(workspace_id))),
        ),
    ]


def _check_links(requests: _Requests, workspace_id: str, meta_field: str) -> list[Check]:
    try:
        page = requests.send(lambda: requests.client.list_links_page(workspace_id, 1))
    except UserplaneError as error:
        return [build_failure("plan", error), build_failure("meta", error)]
    return [server_checks.check_plan(page), server_checks.check_meta(page, meta_field)]


@dataclass(frozen=True)
class _Requests:
    """Sends requests that give up after some seconds and never wait for the rate limit."""

    client: Client
    max_seconds: float

    def send(self, request: Callable[[], T], max_seconds: float | None = None) -> T:
        """Returns what a method of the client returns."""
        seconds = self.max_seconds if max_seconds is None else max_seconds
        with self.client.operation_deadline(seconds, rate_limit_wait=0):
            return request()

    def list_all(self, rows: Iterator[T]) -> list[T]:
        """Returns the rows of one of the client's lists."""
        return self.send(lambda: list(rows))


def _check(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except UserplaneError as error:
        return build_failure(name, error)


@contextmanager
def _require_step(name: str) -> Iterator[None]:
    try:
        yield
    except UserplaneError as error:
        raise RequiredCheckError(build_failure(name, error)) from None
