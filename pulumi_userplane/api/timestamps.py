"""Reads Userplane's timestamps, which are ISO 8601."""

from __future__ import annotations

from datetime import datetime


def parse_timestamp(created_at: str) -> float | None:
    """Returns a timestamp as seconds since 1970 by the server's clock, or None if the text can't be read."""
    try:
        return datetime.fromisoformat(created_at.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None
