"""`pulumi-userplane emulator`: runs a Userplane on this machine until it is stopped."""

import json
import shlex
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulumi_userplane import emulator as userplane
from pulumi_userplane.api.constants import MAX_PER_MINUTE
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.errors import exit_on_error
from pulumi_userplane.emulator.errors import EmulatorError

if TYPE_CHECKING:
    from pulumi_userplane.emulator.probe_report import ProbeReport

EXAMPLE = (
    "Example: `pulumi-userplane emulator --port 0 --data links.sqlite` picks a free port, and keeps its links in that "
    "file."
)
_NO_DIFFERENCE = ", which differs from the defaults nowhere"
_MAX_NAME = 300
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def emulator(
    *,
    port: Annotated[
        int,
        typer.Option(metavar="PORT", min=0, max=65535, help="Port to listen on; 0 picks a free one."),
    ] = 8787,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="SQLite file that keeps everything. Default: memory only, until it stops."),
    ] = None,
    rate_limit: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=MAX_PER_MINUTE, help="Requests a minute for each user; 0 for no limit."),
    ] = 0,
    seed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML file with domains, projects and links to begin with."),
    ] = None,
    like: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Report of `probe`: behave as the Userplane that it was run against."),
    ] = None,
    api_key: Annotated[str, typer.Option(metavar="KEY", help="Key of the workspace's owner.")] = "uspl_demo",
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Loopback address to listen on.")] = "127.0.0.1",
) -> None:
    """Run a local emulator of Userplane until you stop it: the same API, without an account or a network."""
    with (
        exit_on_error(EmulatorError, ModuleNotFoundError),
        _catch_stop_signals() as stopped,
        userplane.Emulator(
            port=port, data=data, rate_limit=rate_limit, seed=seed, like=like, api_key=api_key, host=host
        ) as server,
    ):
        if seed is not None and not server.is_seed_used:
            typer.echo(f"{data} holds a workspace already: the seed is not used.")
        typer.echo(f"Userplane emulator at {server.base_url} ({data or 'in memory'}). Ctrl-C stops it.")
        typer.echo(f"Look at it: {server.page_url}")
        if server.report is not None:
            _print_report(sanitize(str(like), _MAX_NAME), server.report)
        typer.echo("\nPaste this where your program runs:\n")
        for name, value in server.environ().items():
            typer.echo(f"export {name}={shlex.quote(value)}")
        _wait_until(stopped)


def _print_report(name: str, report: "ProbeReport") -> None:
    differences = [f"{name} {_render(value)}" for name, value in report.differences.items()]
    if len(differences) > 1:
        typer.echo("\n  ".join([f"Answers like {name}:", *differences]))
    else:
        typer.echo(f"Answers like {name}{f': {differences[0]}' if differences else _NO_DIFFERENCE}.")
    if report.unclear:
        typer.echo(f"Keeps the defaults of {', '.join(report.unclear)}: {name} says unclear.")
    if report.not_tried:
        number = len(report.not_tried)
        findings = "1 finding that was" if number == 1 else f"{number} findings that were"
        typer.echo(f"Keeps the defaults of {findings} not tried.")


def _render(value: object) -> str:
    return sanitize(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


@contextmanager
def _catch_stop_signals() -> Iterator[threading.Event]:
    stopped = threading.Event()
    handlers = {number: signal.signal(number, lambda *_: stopped.set()) for number in _SIGNALS}
    try:
        yield stopped
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _wait_until(stopped: threading.Event) -> None:
    # In short waits, since Windows delivers Ctrl-C only between two of them.
    while not stopped.wait(0.5):
        pass
