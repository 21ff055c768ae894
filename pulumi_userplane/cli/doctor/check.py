"""What a check of the set-up comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_userplane.api.errors import UserplaneError


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: What was looked at.
        ok: Whether it is as it must be; None when it was skipped.
        detail: What was found.
        advice: What to do; with a check that is ok, what to know.
    """

    name: str
    ok: bool | None
    detail: str
    advice: str = ""


def failed(name: str, error: UserplaneError) -> Check:
    """Returns the check that ended with an error."""
    return Check(name, ok=False, detail=error.failure, advice=error.next_step)


def skipped(name: str, needed: Check) -> Check:
    """Returns the check that can't run because of one that is not ok."""
    return Check(name, ok=None, detail=f"skipped: {needed.name} comes first")
