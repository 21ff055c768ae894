"""Checks of what is given before anything is sent: the stack's configuration, the settings, the key, the budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError, UserplaneError
from pulumi_userplane.api.progress import format_wait
from pulumi_userplane.cli.doctor.check import Check, failed
from pulumi_userplane.settings import API_KEY, SETTINGS

if TYPE_CHECKING:
    from pulumi_userplane.api.rate_limit import RateLimitUsage
    from pulumi_userplane.cli.settings import Sources
    from pulumi_userplane.settings import Settings

_SHOWN_OF_A_KEY = 4
_SHORTEST_KEY_SHOWN = 8


@dataclass(frozen=True)
class Given:
    """A setting as the report shows it.

    Attributes:
        name: The argument of `Provider`.
        value: What counts; of the key its last four characters.
        origin: Where it comes from, in words.
        error: What is wrong with it, or None.
    """

    name: str
    value: Any
    origin: str
    error: UserplaneError | None


def given(sources: Sources) -> list[Given]:
    """Returns all settings, as far as they can be read."""
    found = []
    for setting in SETTINGS:
        origin = sources.given(setting)[0]
        try:
            value = sources.value(setting)
        except ConfigurationError as error:
            found.append(Given(setting.argument, None, origin, error))
        else:
            is_key = setting.argument == "api_key" and value
            found.append(Given(setting.argument, masked(value) if is_key else value, origin, None))
    return found


def masked(api_key: str) -> str:
    """Returns what tells a key from another and is no use to anybody."""
    return f"…{api_key[-_SHOWN_OF_A_KEY:]}" if len(api_key) >= _SHORTEST_KEY_SHOWN else "…"


def settings(rows: list[Given]) -> Check:
    """Returns whether all settings are well formed."""
    errors = [row.error for row in rows if row.error is not None]
    if errors:
        return Check(
            "settings",
            ok=False,
            detail="; ".join(error.failure for error in errors),
            advice="; ".join(error.next_step for error in errors),
        )
    return Check("settings", ok=True, detail="all well formed")


def api_key(read: Settings, sources: Sources) -> Check:
    """Returns whether there is a key, and the stack keeps it as a secret."""
    try:
        key = read.require_api_key()
        sources.refuse_key_in_clear()
    except ConfigurationError as error:
        return failed("API key", error)
    return Check("API key", ok=True, detail=f"{masked(key)}, from {sources.given(API_KEY)[0]}")


def budget(read: Settings, standing: RateLimitUsage, *, why_alone: str) -> Check:
    """Returns how much of the limits is used, and whether a request may be sent now.

    Args:
        read: All settings.
        standing: What is taken.
        why_alone: Why the processes of this machine don't count together; empty where they do.
    """
    limits = ((standing.minute, read.requests_per_minute, "minute"), (standing.day, read.requests_per_day, "day"))
    taken = ", ".join(f"{count} of {limit} requests in the last {window}" for count, limit, window in limits if limit)
    if standing.wait:
        wait = format_wait(standing.wait)
        return Check(
            "budget",
            ok=False,
            detail=f"used up: {taken or 'the server said so'}; the next request may go in {wait}",
            advice="run again then; give each pipeline its own user, or a share by userplane:requestsPerMinute",
        )
    return Check(
        "budget",
        ok=True,
        detail=(taken or "no limit is set") + ("" if why_alone else "; counted for this key on this machine"),
        advice=why_alone,
    )
