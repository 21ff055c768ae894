"""The emulator's clock: moments as Userplane writes them, in UTC with milliseconds, which also sort as text."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

_MILLISECOND = timedelta(milliseconds=1)


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Clock:
    """Tells the present moment as text, such as `2025-01-06T09:00:00.000Z`."""

    def __init__(self, utc_now: Callable[[], datetime] = _utc_now) -> None:
        self._utc_now = utc_now

    def now(self) -> str:
        """Returns the present moment."""
        return _format(self._utc_now())

    def http_date(self) -> str:
        """Returns the present moment as the header Date has it."""
        return format_datetime(self._utc_now(), usegmt=True)

    def after(self, earlier: str | None) -> str:
        """Returns the present moment, or one millisecond after `earlier` if that is not past yet."""
        present = self.now()
        if earlier is None or present > earlier:
            return present
        return _format(datetime.fromisoformat(earlier.replace("Z", "+00:00")) + _MILLISECOND)


def _format(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
