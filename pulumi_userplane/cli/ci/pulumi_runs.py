"""Runs the Pulumi CLI with the program of a stack: a preview, a refresh or an `up`."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.review.failed_preview import names_no_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

OWN_TOKEN = "USERPLANE_CI_TOKEN"  # noqa: S105 - a name
"""Holds a token for the platform that is `ci`'s and none of the program's."""

_STREAMS_EVENTS = "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
"""With it the CLI writes another kind of JSON, which lacks what a review needs."""

_HIDDEN = frozenset({OWN_TOKEN, _STREAMS_EVENTS, "PULUMI_OPTION_CWD", "PULUMI_OPTION_STACK"})
"""What the CLI does not get. The last two would count a second time: it is started in that folder, for that stack."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Run:
    """What a run of the CLI has printed.

    Attributes:
        code: Its exit code.
        output: What it printed on standard output.
        errors: What it printed on standard error.
    """

    code: int
    output: str
    errors: str = ""


def preview(folder: Path, stack: str, plan: Path) -> Run:
    """Previews an `up`, and saves its plan. If the JSON does not say why it failed, `errors` does.

    Raises:
        ConfigurationError: The CLI can't run.
    """
    # Without the steps of replacements, the JSON lacks a link that is deleted only because another link is replaced.
    options = ("--refresh", "--show-replacement-steps", "--json", "--save-plan", str(plan.absolute()))
    run = _collect(folder, ("preview", "--stack", stack, *options))
    if run.code and names_no_reason(run.output):
        # The text has what the JSON leaves out: which policy stops the preview.
        told = _collect(folder, ("preview", "--stack", stack, "--refresh", "--color", "never"))
        return replace(run, errors=f"{run.errors}{told.output}{told.errors}")
    return run


def preview_refresh(folder: Path, stack: str) -> Run:
    """Reads all resources, and changes nothing.

    Raises:
        ConfigurationError: The CLI can't run.
    """
    return _collect(folder, ("refresh", "--stack", stack, "--preview-only", "--run-program", "--json"))


def up(folder: Path, stack: str, plan: Path, print_line: Callable[[str], None]) -> Run:
    """Applies a plan, and prints meanwhile what the CLI prints.

    Raises:
        ConfigurationError: The CLI can't run.
    """
    options = ("--refresh", "--yes", "--color", "never", "--plan", str(plan.absolute()))
    lines = []
    with _start(folder, ("up", "--stack", stack, *options), stderr=subprocess.STDOUT) as process:
        for line in process.stdout or ():
            print_line(line)
            lines.append(line)
        process.wait()
    return Run(process.returncode, "".join(lines))


def _collect(folder: Path, arguments: tuple[str, ...]) -> Run:
    with _start(folder, arguments, stderr=subprocess.PIPE) as process:
        output, errors = process.communicate()
    return Run(process.returncode, output, errors)


@contextmanager
def _start(folder: Path, arguments: tuple[str, ...], stderr: int) -> Iterator[subprocess.Popen[str]]:
    """Starts the CLI, and leads it through a cancellation.

    A job that is canceled sends one signal to this process, or to its whole group. The CLI ends what it has begun after
    one signal, and ends at once after the second: so it gets its own group, and each signal once.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the CLI that the user works with, without a shell
            ["pulumi", *arguments, "--non-interactive"],  # noqa: S607 - found on PATH, as by the user
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name not in _HIDDEN},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
    except FileNotFoundError:
        raise ConfigurationError(
            f"`pulumi {arguments[0]}` can't run: there is no pulumi on PATH",
            next_step="put the folder of the Pulumi CLI on PATH",
        ) from None
    earlier = {number: signal.signal(number, lambda *_: process.send_signal(signal.SIGINT)) for number in _SIGNALS}
    try:
        with process:
            yield process
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
