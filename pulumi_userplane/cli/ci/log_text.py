"""Prints to the log of a job what programs, servers and the Pulumi CLI print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pulumi_userplane.cli.review.safe_text import make_loggable

if TYPE_CHECKING:
    from pulumi_userplane.cli.ci.platform import Platform


def print_quietly(platform: Platform, text: str) -> None:
    """Prints a text of others to the log: without keys, and so that no runner obeys it."""
    if text:
        with platform.quiet_log():
            typer.echo(make_loggable(text), nl=not text.endswith("\n"))
