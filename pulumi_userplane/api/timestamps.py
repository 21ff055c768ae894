"""Reads the moments that Userplane writes, in ISO 8601."""

from __future__ import annotations

from datetime import datetime


def parse_timestamp(created_at: str) -> float | None:
    """Returns a moment in seconds of the server's clock since 1970, or None if the text can't be read."""
    try:
        return datetime.fromisoformat(created_at.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None
