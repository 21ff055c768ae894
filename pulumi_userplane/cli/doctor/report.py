"""What `doctor` reports, and how it grows check by check."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pulumi_userplane.cli.doctor.check import Check, skipped

if TYPE_CHECKING:
    from pulumi_userplane.cli.doctor.settings_check import Given

NAMES = (
    "Python",
    "Pulumi SDK",
    "Pulumi CLI",
    "provider host",
    "configuration",
    "settings",
    "API key",
    "budget",
    "address",
    "TLS",
    "key state",
    "user",
    "workspace",
    "role",
    "domains",
    "default project",
    "plan",
    "meta",
)
"""All checks in their order."""


class StoppedError(Exception):
    """A check is not ok without which the later ones mean nothing."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.name)
        self.check = check


@dataclass(frozen=True)
class Choice:
    """A workspace that the settings could name, and how role, domains and default project are there."""

    workspace_id: str
    name: str
    checks: tuple[Check, ...]


@dataclass
class Report:
    """One look at a set-up.

    Attributes:
        checks: The checks so far.
        given: The settings; empty if the configuration can't be read.
        choices: The workspaces of the key's owner, where the settings name none.
        commands: What to run in the project's folder to set what is missing.
    """

    checks: list[Check] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no check has failed."""
        return all(check.ok is not False for check in self.checks)

    def need(self, check: Check) -> None:
        """Adds a check.

        Raises:
            StoppedError: It is not ok.
        """
        if not check.ok:
            raise StoppedError(check)
        self.checks.append(check)

    def stop(self, check: Check) -> None:
        """Adds the check that stops, and as skipped all that would have come after it."""
        names = NAMES[NAMES.index(check.name) + 1 :]
        self.checks += [check, *(skipped(name, check) for name in names)]
