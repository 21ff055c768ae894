"""Moments that commands compare and print: the server's time now, and when a link was created."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pulumi_userplane.api.timestamps import parse_timestamp

if TYPE_CHECKING:
    from pulumi_userplane.api import Client

_MAX_MINUTES = 120


def read_server_time(client: Client) -> float:
    """Returns the server's time, in seconds since 1970; this machine's where the server has not told it."""
    now = client.server_time(time.monotonic())
    return time.time() if now is None else now


def is_older(created_at: str, seconds: float, now: float) -> bool:
    """Returns whether a moment is longer ago than these seconds; one that can't be read counts as old.

    Args:
        created_at: The moment, as Userplane writes it.
        seconds: The least age; 0 lets every moment count as old.
        now: The time by the same clock, in seconds since 1970.
    """
    created = parse_timestamp(created_at)
    return seconds == 0 or created is None or created < now - seconds


def format_with_age(created_at: str, now: float) -> str:
    """Returns a moment for a person, with its age; as it is where it can't be read."""
    created = parse_timestamp(created_at)
    if created is None:
        return created_at
    # The server's own clock, read from whole seconds, may be behind the moment.
    minutes = max(now - created, 0) / 60
    age = f"{minutes:.0f} min" if minutes < _MAX_MINUTES else f"{minutes / 60:.0f} h"
    return f"{datetime.fromtimestamp(created, timezone.utc):%Y-%m-%d %H:%M} UTC, {age} ago"


def format_milliseconds(created_at: str) -> str | None:
    """Returns a moment such as `2026-01-05T08:00:00.000Z`, in UTC, or None if it can't be read."""
    created = parse_timestamp(created_at)
    if created is None:
        return None
    moment = datetime.fromtimestamp(round(created, 3), timezone.utc)
    return f"{moment.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
