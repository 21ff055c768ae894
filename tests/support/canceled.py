"""Runs that are canceled, and work in a thread that has to end soon then, however long it would wait."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from tests.support.messages import Messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.conftest import Engine

ENDS_WITHIN = 20.0
"""In seconds, on a busy machine: every wait that is canceled here would take longer."""


class Work:
    """Begins to do something in a thread.

    Args:
        do: What is done.
    """

    def __init__(self, do: Callable[[], object]) -> None:
        self._do = do
        self._failures: list[BaseException] = []
        self._results: list[Any] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    def result(self) -> Any:
        """Waits for its end, and returns or raises what it does."""
        self._thread.join(ENDS_WITHIN)
        assert not self.is_running, "it still waits"
        for failure in self._failures:
            raise failure
        return self._results[0]

    def _run(self) -> None:
        try:
            self._results.append(self._do())
        except BaseException as error:  # noqa: BLE001 - raised by `result`
            self._failures.append(error)


def await_event(event: threading.Event) -> None:
    """Waits for an event."""
    assert event.wait(ENDS_WITHIN)


class Notice(Messages):
    """Messages, and an event when one has come."""

    def __init__(self) -> None:
        super().__init__()
        self.has_come = threading.Event()

    def info(self, message: str, /) -> None:
        super().info(message)
        self.has_come.set()


def begin_run(**options: Any) -> Notice:
    """Begins a run, and returns what it tells its user."""
    notice = Notice()
    run_state.reset(RunState(notice, **options))
    return notice


def end_pause(engine: Engine) -> None:
    """Ends the pause that the server asked for."""
    engine.file.run_transaction(lambda database: database.execute("DELETE FROM pauses"))
    engine.file.run_transaction(lambda database: database.execute("DELETE FROM pace"))
