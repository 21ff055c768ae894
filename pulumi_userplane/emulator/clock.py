"""Userplane's way to write a moment: ISO 8601 with milliseconds, which also sorts as text."""

from datetime import datetime, timedelta, timezone

_MILLISECOND = timedelta(milliseconds=1)


def now() -> str:
    """The present moment."""
    return _written(datetime.now(timezone.utc))


def after(earlier: str | None) -> str:
    """The present moment, or the first one later than `earlier` if that is not past yet."""
    present = now()
    if earlier is None or present > earlier:
        return present
    return _written(datetime.fromisoformat(earlier.replace("Z", "+00:00")) + _MILLISECOND)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
