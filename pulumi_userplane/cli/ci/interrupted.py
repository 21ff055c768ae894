"""Looks, before an `up`, for older links that an interrupted run created and the state lacks.

The `up` could create a second one of each: it resumes only what was created in the last two hours.
"""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.log_text import print_quietly
from pulumi_userplane.cli.ci.report import LEFT
from pulumi_userplane.cli.recover.check import run_check
from pulumi_userplane.cli.recover.search import Source

if TYPE_CHECKING:
    from pulumi_userplane.cli.ci.platform import Platform
    from pulumi_userplane.cli.stack import Stack

_MINUTES = 110
"""Ten minutes less than the time for which an `up` looks back, since it looks only later."""


@dataclass(frozen=True)
class _KnownState(Source):
    """A stack whose state was read before, so that the CLI need not read it again."""

    state: Stack

    def read_states(self, selected: str | None) -> list[Stack]:  # noqa: ARG002 - as its base
        """Returns that state."""
        return [self.state]


def check_interrupted(platform: Platform, stack: str, state: Stack, folder: Path, out: Path) -> tuple[int, str]:
    """Looks for such links, and prints them.

    Args:
        platform: The platform.
        stack: The stack, as the CLI knows it.
        state: What it holds.
        folder: The project's folder.
        out: The folder for the file that brings them in.

    Returns:
        The exit code: 0 if there is none, 3 if there are some, 1 if a workspace can't be read; and what was printed.

    Raises:
        UserplaneError: The state, the account or Userplane can't be read, or the file can't be written.
    """
    # As for the CLI itself, which gets the same variable.
    config_file = os.environ.get("PULUMI_OPTION_CONFIG_FILE")
    source = _KnownState(stack, (), folder, Path(config_file) if config_file else None, None, None, state)
    with redirect_stdout(StringIO()) as printed:
        code = run_check(source, out / LEFT, _MINUTES, as_json=False)
    print_quietly(platform, printed.getvalue())
    return code, printed.getvalue()
