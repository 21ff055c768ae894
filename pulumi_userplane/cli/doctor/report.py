"""What `doctor` reports: the checks, each with what was found and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import CertificateError, TLSConnectionError
from pulumi_userplane.cli.errors import adapt_advice

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import UserplaneError

_SEE_NETWORKS = "see docs/company-networks.md of pulumi-userplane"

CHECK_NAMES = (
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
"""The names of all checks, in their order."""


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: What was checked.
        ok: Whether it is right; None when the check was skipped.
        detail: What was found.
        advice: What to do; with a check that is ok, what is worth knowing.
    """

    name: str
    ok: bool | None
    detail: str
    advice: str = ""


class RequiredCheckError(Exception):
    """A check failed without which the later ones mean nothing.

    Attributes:
        check: The failed check.
    """

    def __init__(self, check: Check) -> None:
        super().__init__(check.name)
        self.check = check


@dataclass(frozen=True)
class SettingRow:
    """A setting as the report shows it.

    Attributes:
        name: The argument of `Provider`.
        value: Its value; of the key the last four characters, of the limit store host and port.
        origin: Where the value comes from, in words.
        error: What is wrong with the value, or None.
    """

    name: str
    value: Any
    origin: str
    error: UserplaneError | None


@dataclass(frozen=True)
class AvailableWorkspace:
    """A workspace that the settings could name, with its role, domains and default project checked."""

    workspace_id: str
    name: str
    checks: tuple[Check, ...]


@dataclass
class Report:
    """The result of one run of `doctor`.

    Attributes:
        checks: The checks so far.
        settings: The settings; empty if the configuration can't be read.
        workspaces: The workspaces of the key's owner, where the settings name none.
        commands: What to run in the project's folder to set what is missing.
    """

    checks: list[Check] = field(default_factory=list)
    settings: list[SettingRow] = field(default_factory=list)
    workspaces: list[AvailableWorkspace] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether no check has failed."""
        return all(check.ok is not False for check in self.checks)

    def require(self, check: Check) -> None:
        """Adds a check that the later ones need.

        Raises:
            RequiredCheckError: The check failed.
        """
        if not check.ok:
            raise RequiredCheckError(check)
        self.checks.append(check)

    def stop_at(self, failed: Check) -> None:
        """Adds the check that failed, and all later ones as skipped."""
        later = CHECK_NAMES[CHECK_NAMES.index(failed.name) + 1 :]
        self.checks.append(failed)
        self.checks += [Check(name, ok=None, detail=f"skipped: {failed.name} comes first") for name in later]


def build_failure(name: str, error: UserplaneError) -> Check:
    """Returns the check that an error has ended."""
    is_about_network = error.is_about_intermediary or isinstance(error, (CertificateError, TLSConnectionError))
    advice = steps(adapt_advice(error), _SEE_NETWORKS if is_about_network else "")
    return Check(name, ok=False, detail=error.failure, advice=advice)
