"""Checks that need no server: versions, settings, the key as given, and this machine's rate limit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.progress import format_wait
from pulumi_userplane.cli.doctor.report import Check, SettingRow, build_failure
from pulumi_userplane.settings import API_KEY, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_userplane.api.request_limit import RateLimitUsage
    from pulumi_userplane.cli.settings import Sources
    from pulumi_userplane.setting import Setting
    from pulumi_userplane.settings import Settings

_NEWEST_TESTED_PYTHON = (3, 14)
_MIN_SDK = (3, 235)
_FIRST_UNSUPPORTED_SDK = (4, 0)
_MIN_SDK_WITH_CLEAN_ERRORS = (3, 260)
_MIN_CLI_WITH_IMPORT_FILES = (3, 254)
_VISIBLE_KEY_END = 4
_MIN_KEY_LENGTH_TO_SHOW = 8


def check_python(version: str) -> Check:
    """Checks whether this Python was tested with the package."""
    is_newer = _parse_version(version) > _NEWEST_TESTED_PYTHON
    return Check("Python", ok=True, detail=version, advice="newer than any that was tested" if is_newer else "")


def check_sdk(version: str) -> Check:
    """Checks whether this Pulumi SDK is supported."""
    if not _MIN_SDK <= _parse_version(version) < _FIRST_UNSUPPORTED_SDK:
        return Check(
            "Pulumi SDK",
            ok=False,
            detail=f"{version} is not supported",
            advice="run `pip install 'pulumi>=3.235,<4'` in the environment of the program",
        )
    is_old = _parse_version(version) < _MIN_SDK_WITH_CLEAN_ERRORS
    return Check(
        "Pulumi SDK",
        ok=True,
        detail=version,
        advice="before 3.260 an error begins with `Exception calling application:`" if is_old else "",
    )


def check_cli(version: str | None) -> Check:
    """Checks whether this Pulumi CLI can do what the package needs.

    Args:
        version: What it prints, or None without a CLI.
    """
    if version is None:
        return Check(
            "Pulumi CLI",
            ok=False,
            detail="there is no pulumi on PATH",
            advice="install it (https://www.pulumi.com/docs/iac/download-install/), or put its folder on PATH",
        )
    is_old = _parse_version(version) < _MIN_CLI_WITH_IMPORT_FILES
    return Check(
        "Pulumi CLI",
        ok=True,
        detail=version,
        advice="before 3.254 `pulumi import` takes no file with a link's values: bring links in with adopt="
        if is_old
        else "",
    )


def list_settings(sources: Sources) -> list[SettingRow]:
    """Returns all settings, with an error for each that can't be read."""
    rows = []
    for setting in SETTINGS:
        origin = sources.find_origin(setting)[0]
        try:
            value = sources.parse(setting)
        except ConfigurationError as error:
            rows.append(SettingRow(setting.argument, None, origin, error))
        else:
            is_hidden = setting.is_secret and value
            rows.append(SettingRow(setting.argument, _mask(setting, value) if is_hidden else value, origin, None))
    return rows


def _mask(setting: Setting, value: Any) -> str:  # noqa: ANN401 - a key or an address
    return mask_key(value) if setting is API_KEY else str(value)


def mask_key(api_key: str) -> str:
    """Returns the key's last 4 characters, for display."""
    return f"…{api_key[-_VISIBLE_KEY_END:]}" if len(api_key) >= _MIN_KEY_LENGTH_TO_SHOW else "…"


def check_settings(rows: Iterable[SettingRow]) -> Check:
    """Checks whether all settings are well formed."""
    errors = [row.error for row in rows if row.error is not None]
    if errors:
        return Check(
            "settings",
            ok=False,
            detail="; ".join(error.failure for error in errors),
            advice="; ".join(error.next_step for error in errors),
        )
    return Check("settings", ok=True, detail="all well formed")


def check_api_key(settings: Settings, sources: Sources) -> Check:
    """Checks whether there is a key, and whether the stack keeps it as a secret."""
    try:
        key = settings.require_api_key()
        sources.reject_plaintext_secrets()
    except ConfigurationError as error:
        return build_failure("API key", error)
    return Check("API key", ok=True, detail=f"{mask_key(key)}, from {sources.find_origin(API_KEY)[0]}")


def check_rate_limit(settings: Settings, usage: RateLimitUsage, *, counted: str, problem: str) -> Check:
    """Checks how much of the rate limit is used, and whether a request may be sent now.

    Args:
        settings: All settings.
        usage: The requests of the last minute and day.
        counted: Who counts together, in words; empty if each process counts alone.
        problem: What is wrong with where they count; empty if nothing is.
    """
    limits = ((usage.minute, settings.requests_per_minute, "minute"), (usage.day, settings.requests_per_day, "day"))
    counts = ", ".join(f"{count} of {limit} requests in the last {window}" for count, limit, window in limits if limit)
    slowed = "" if usage.pace is None else f"; slowed to {usage.pace:.0f} a minute after a 429"
    if usage.wait:
        wait = format_wait(usage.wait)
        return Check(
            "budget",
            ok=False,
            detail=f"used up: {counts or 'the server said so'}; the next request may go in {wait}{slowed}",
            advice="run again then; give each pipeline its own user, or a share by userplane:requestsPerMinute",
        )
    return Check(
        "budget",
        ok=True,
        detail=(counts or "no limit is set") + (f"; counted for this key {counted}" if counted else "") + slowed,
        advice=problem,
    )


def _parse_version(text: str) -> tuple[int, int]:
    """Returns major and minor number; a text without them counts as old."""
    numbers = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
