"""Reads which links the stack's state holds, by the Pulumi CLI that runs this provider; no request."""

from __future__ import annotations

import json
import logging
import os
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil

from pulumi_userplane.recovery.processes import find_cli

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINK_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"

_LOG = logging.getLogger("pulumi_userplane")
_LONGEST_SECONDS = 60.0
_OPERATIONS = {"destroy", "dn", "down", "preview", "pre", "refresh", "up", "update", "watch"}
"""The commands that delete resources or show that they would. Another program that starts the plugin has none of them,
and must not be started with arguments that it doesn't know."""
_FLAGS_WITH_VALUES = "Ccmptv"


class Entry(NamedTuple):
    """A link, as the state holds it under one name."""

    link_id: str
    urn: str


def read_entries() -> list[Entry] | None:
    """Returns each link in the state under each of its names, or None where the state can't be read.

    A link that is only looked up is in no entry, and neither is one whose deletion is done already.
    """
    cli = find_cli()
    try:
        words = [] if cli is None else cli.cmdline()
        if cli is None or not _OPERATIONS & set(words):
            return None
        exported = _export(cli.exe(), cli.cwd(), words)
        return [Entry(each["id"], each["urn"]) for each in _resources(exported) if _holds_a_link(each)]
    except (psutil.Error, OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        _LOG.info("the state can't be read: %s", type(error).__name__)
        return None


def _export(program: str, folder: str, words: Sequence[str]) -> str:
    """Returns what `pulumi stack export` prints."""
    stack = stack_named_in(words)
    return subprocess.run(  # noqa: S603 - the CLI that started this process, without a shell
        [program, "stack", "export", "--non-interactive", *(["--stack", stack] if stack else [])],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not _is_option_of_the_run(name)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_LONGEST_SECONDS,
        check=True,
    ).stdout


def _is_option_of_the_run(variable: str) -> bool:
    """Options count for every command: PULUMI_OPTION_FILE would send the state to a file. The stack is the same one."""
    return variable.startswith("PULUMI_OPTION_") and variable != "PULUMI_OPTION_STACK"


def stack_named_in(words: Iterable[str]) -> str | None:
    """Returns the stack that a command line of the CLI names by --stack or -s, or None; the last one counts."""
    named = None
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        if word == "--stack":
            named = next(rest, named)
        elif word.startswith("--stack="):
            named = word.removeprefix("--stack=")
        elif word.startswith("-") and not word.startswith("--"):
            flags, found, value = word[1:].partition("s")
            # Short flags may share a dash; one that takes a value takes what follows.
            if found and not set(flags) & set(_FLAGS_WITH_VALUES):
                named = value.removeprefix("=") or next(rest, named)
    return named


def _resources(exported: str) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = json.loads(exported)["deployment"]["resources"]
    return resources


def _holds_a_link(resource: dict[str, Any]) -> bool:
    is_gone = resource.get("pendingReplacement") or not resource.get("id")
    return resource["type"] == LINK_TYPE and not resource.get("external") and not is_gone
