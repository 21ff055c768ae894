"""`pulumi-userplane probe`: asks the live service, with links of its own, what no documentation says."""

import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api.cancellation import CancelableClock, Cancellation
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.api.errors import ConfigurationError, RunCanceledError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli.errors import adapt_advice, exit_on_error
from pulumi_userplane.cli.files import write_files
from pulumi_userplane.cli.options import BaseUrlOption, ConfigFileOption, FolderOption, StackOption, WorkspaceOption
from pulumi_userplane.cli.probe.advice import find_settings
from pulumi_userplane.cli.probe.findings import build_report
from pulumi_userplane.cli.probe.plan import LINKS_USED, LINKS_USED_AT_MOST, PLAN
from pulumi_userplane.cli.probe.report import list_leftovers, render_findings, summarize
from pulumi_userplane.cli.probe.run import Outcome, Probe
from pulumi_userplane.cli.settings import Account, inform, load_account

EXAMPLE = (
    "Example: `pulumi-userplane probe --domain help.example.com --report report.json` asks Userplane with the account "
    "of the selected stack, and writes what it responds for `pulumi-userplane emulator --like report.json`."
)
_WRONG_COMMAND_LINE = 2
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def probe(
    *,
    domain: Annotated[
        str | None,
        typer.Option(metavar="DOMAIN", help="Verified domain for the probe's links, its id or its address."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what was seen as JSON, without key, addresses or names."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the requests that may be sent, one a line, and send none.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin without session.")] = False,
    stack: StackOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    workspace: WorkspaceOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Ask Userplane what its documentation does not say, with two links that are made and deleted.

    The plan may count a deleted link for good. The command asks before it sends anything. It sends 40 requests at most,
    and deletes its links whatever happens, also after Ctrl-C. It changes no other link.

    The exit code is 0 if it has asked all it could and nothing remains, and 1 otherwise.
    """
    if dry_run:
        for number, step in enumerate(PLAN, 1):
            typer.echo(f"{number:2} {step}")
        return
    if domain is None or not domain.strip():
        typer.echo("--domain is missing: name a verified domain, by its id or its address", err=True)
        raise typer.Exit(_WRONG_COMMAND_LINE)
    with exit_on_error():
        account = load_account(
            stack=stack, folder=folder, config_file=config_file, workspace=workspace, base_url=base_url
        )
        workspace_id = account.settings.require_workspace_id()
        account.settings.require_api_key()
        _require_writable(report)
        _ask_to_begin(domain, workspace_id, agreed=yes)
        outcome = _run(account, workspace_id, domain)
        if outcome.has_begun:
            _print(outcome, _build_commands(outcome, account, config_file))
        if outcome.has_begun and report is not None:
            write_files({report: json.dumps(build_report(outcome.findings), indent=2) + "\n"})
    _exit(outcome, workspace_id)


def _ask_to_begin(domain: str, workspace_id: str, *, agreed: bool) -> None:
    question = (
        f"The probe makes {LINKS_USED} recording links on {sanitize(domain)} in workspace {sanitize(workspace_id)}, "
        f"and deletes them. Your plan may count them for good: {LINKS_USED} links, or up to {LINKS_USED_AT_MOST} if "
        "Userplane makes links that it should refuse."
    )
    if agreed:
        typer.echo(question, err=True)
        return
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "the probe asks before it begins, and nobody can answer here: nothing was sent",
            next_step="add --yes to agree beforehand, or --dry-run to see what it sends",
        )
    typer.confirm(f"{question} Begin?", abort=True, err=True)


def _require_writable(report: Path | None) -> None:
    """Raises before the first request if the report could not be written after the last one.

    Raises:
        ConfigurationError: The folder is missing, or it or the file may not be written.
    """
    if report is None:
        return
    if report.is_dir() or not os.access(report if report.exists() else report.parent, os.W_OK):
        raise ConfigurationError(f"{report} can't be written", next_step="name a file in a folder that you may write")


def _run(account: Account, workspace_id: str, domain: str) -> Outcome:
    cancellation = Cancellation()
    client = account.settings.make_client(notify=inform, cancellation=cancellation)
    cleanup_client = account.settings.make_client(notify=inform)
    _require_requests(client.rate_limit.usage().day, account.settings.requests_per_day)
    with _cancel_on_signal(cancellation):
        probe = Probe(client, cleanup_client, workspace_id, CancelableClock(cancellation), SYSTEM_CLOCK)
        return probe.run(domain)


def _require_requests(used: int, limit: int) -> None:
    """Raises if the day's limit may end before the links are deleted.

    Raises:
        ConfigurationError: Too few requests are left.
    """
    if limit and limit - used < len(PLAN):
        raise ConfigurationError(
            f"the probe needs up to {len(PLAN)} requests, and {max(limit - used, 0)} of today's {limit} are left",
            next_step="run it tomorrow, or raise userplane:requestsPerDay",
        )


@contextmanager
def _cancel_on_signal(cancellation: Cancellation) -> Iterator[None]:
    def cancel(*_: object) -> None:
        cancellation.request()
        inform("stopping: the links of the probe are deleted first")

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    handlers = {number: signal.signal(number, cancel) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _build_commands(outcome: Outcome, account: Account, config_file: Path | None) -> dict[str, str]:
    settings = find_settings(outcome.findings, account.settings)
    return {
        unknown: pulumi_cli.format_command("config", "set", key, value, stack=account.stack, file=config_file)
        for unknown, (key, value) in settings.items()
    }


def _print(outcome: Outcome, commands: dict[str, str]) -> None:
    _print_lines([*render_findings(outcome.findings, commands), "", summarize(outcome)])
    if commands:
        _print_lines(["", "Run in the project's folder:", "", *(f"  {command}" for command in commands.values())])


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _exit(outcome: Outcome, workspace_id: str) -> None:
    if isinstance(outcome.error, RunCanceledError):
        typer.echo("the probe was interrupted; run it again to ask the rest", err=True)
    elif outcome.error is not None:
        typer.echo(str(adapt_advice(outcome.error)), err=True)
    for line in list_leftovers(outcome.cleanup, workspace_id):
        typer.echo(line, err=True)
    if outcome.error is not None or not outcome.cleanup.is_clean:
        raise typer.Exit(1)
