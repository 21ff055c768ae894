"""`pulumi-userplane probe`: asks the live service, with links of its own, what no documentation says."""

import json
import os
import shlex
import signal
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from pulumi_userplane.api.cancellation import Cancellation
from pulumi_userplane.api.errors import ConfigurationError, UserplaneError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli import pulumi_cli, terminal
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.cli.files import write_files
from pulumi_userplane.cli.options import BaseUrlOption, ConfigFileOption, FolderOption, StackOption, WorkspaceOption
from pulumi_userplane.cli.probe.advice import find_settings
from pulumi_userplane.cli.probe.findings import build_report
from pulumi_userplane.cli.probe.plan import LINKS_USED, LINKS_USED_AT_MOST, PLAN
from pulumi_userplane.cli.probe.run import Outcome, Probe
from pulumi_userplane.cli.probe.table import list_leftovers, list_problems, render_findings, summarize
from pulumi_userplane.cli.settings import Account, inform, load_account
from pulumi_userplane.settings import Settings

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
        typer.Option(
            metavar="DOMAIN",
            help="Verified domain for the probe's links: its id or address. Required, except with --dry-run.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what was seen as JSON, without key, addresses or names."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the requests that may be sent, one a line, and send none.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin without asking.")] = False,
    stack: StackOption = None,
    folder: FolderOption = Path(),
    config_file: ConfigFileOption = None,
    workspace: WorkspaceOption = None,
    base_url: BaseUrlOption = None,
) -> None:
    """Ask Userplane what its documentation does not say, with two links that it makes and deletes.

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
        _require_requests(account)
        _ask_to_begin(domain, workspace_id, agreed=yes)
        outcome = _run(account, workspace_id, domain)
        if outcome.has_begun:
            _show(outcome, account, config_file, report)
    if outcome.error is not None and not isinstance(outcome.error, UserplaneError):
        raise outcome.error
    if outcome.error is not None or not outcome.cleanup.is_clean:
        raise typer.Exit(1)


def _show(outcome: Outcome, account: Account, config_file: Path | None, report: Path | None) -> None:
    try:
        _print(outcome, account, config_file)
    finally:
        if report is not None:
            write_files({report: json.dumps(build_report(outcome.findings), indent=2) + "\n"})
    if report is not None:
        typer.echo(f"\nThe report is in {report}.")


def _ask_to_begin(domain: str, workspace_id: str, *, agreed: bool) -> None:
    """Says what the probe does and costs, and asks.

    Raises:
        ConfigurationError: Nobody can be asked.
        Exit: The user does not agree.
    """
    if not agreed and not sys.stdin.isatty():
        raise ConfigurationError(
            "the probe asks before it begins, and nobody can be asked here: nothing was sent",
            next_step="add --yes to agree beforehand, or --dry-run to see what it sends",
        )
    question = (
        f"The probe makes {LINKS_USED} recording links on {sanitize(domain)} in workspace {sanitize(workspace_id)}, "
        f"and deletes them. It sends {len(PLAN)} requests at most, and changes no other link. Your plan may count a "
        f"link for good, also when it is deleted: then this uses up {LINKS_USED} of its links, and up to "
        f"{LINKS_USED_AT_MOST} if Userplane makes links that it should refuse."
    )
    typer.echo(textwrap.fill(question, terminal.measure_width()), err=True)
    if not agreed and not typer.confirm("Begin?", err=True):
        typer.echo("nothing was sent", err=True)
        raise typer.Exit(1)


def _require_writable(report: Path | None) -> None:
    """Raises before the first request if the report could not be written after the last one.

    Raises:
        ConfigurationError: The folder is missing, or it or the file may not be written.
    """
    if report is None:
        return
    try:
        is_writable = os.access(report if report.exists() else report.resolve().parent, os.W_OK) and not report.is_dir()
    except (OSError, RuntimeError):
        is_writable = False
    if not is_writable:
        raise ConfigurationError(f"{report} can't be written", next_step="name a file in a folder that you may write")


def _run(account: Account, workspace_id: str, domain: str) -> Outcome:
    cancellation = Cancellation()
    client = account.settings.make_client(notify=_inform_if_possible, cancellation=cancellation)
    cleanup_client = account.settings.make_client(notify=_inform_if_possible)
    with _cancel_on_signal(cancellation):
        secrets = (account.settings.require_api_key(),)
        outcome = Probe(client, cleanup_client, workspace_id, secrets).run(domain)
        # First of all, since nothing may keep a user from reading which link remains.
        for line in (*list_leftovers(outcome), *list_problems(outcome, workspace_id)):
            typer.echo(line, err=True)
    return outcome


def _inform_if_possible(message: str) -> None:
    """Says what a user may want to know. On a terminal that was closed the links have to be deleted all the same."""
    with suppress(OSError):
        inform(message)


def _require_requests(account: Account) -> None:
    """Raises if the day's limit may end before the links are deleted.

    Raises:
        ConfigurationError: Too few requests remain.
    """
    used, limit = account.client.rate_limit.usage().day, account.settings.requests_per_day
    if limit and limit - used < len(PLAN):
        raise ConfigurationError(
            f"the probe needs up to {len(PLAN)} requests, and {max(limit - used, 0)} of today's {limit} remain",
            next_step="run it tomorrow, or raise userplane:requestsPerDay",
        )


@contextmanager
def _cancel_on_signal(cancellation: Cancellation) -> Iterator[None]:
    def cancel(*_: object) -> None:
        if not cancellation.is_requested:
            cancellation.request()
            with suppress(OSError):
                # A terminal has shown ^C at the beginning of the line.
                typer.echo("\n" if sys.stderr.isatty() else "", nl=False, err=True)
            _inform_if_possible("stopping: the probe deletes what it has made")

    numbers = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    handlers = {number: signal.signal(number, cancel) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _print(outcome: Outcome, account: Account, config_file: Path | None) -> None:
    needed = find_settings(outcome.findings, account.settings)
    is_set = dict.fromkeys(find_settings(outcome.findings, Settings.read(lambda _: None, {})), "is set already")
    advice = {unknown: f"set {setting.config_key} to {text}" for unknown, (setting, text) in needed.items()}
    _print_lines([*render_findings(outcome.findings, {**is_set, **advice}), "", summarize(outcome)])
    if needed:
        _print_lines(["", "Run in the project's folder:", ""])
        for setting, text in needed.values():
            arguments = ("config", "set", setting.config_key, text)
            typer.echo(f"  {pulumi_cli.format_command(*arguments, stack=account.stack, file=config_file)}")
    if needed and account.stack is None:
        variables = (f"  export {setting.variable}={shlex.quote(text)}" for setting, text in needed.values())
        _print_lines(["", "or, for programs whose account is in the environment:", "", *variables])


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
