"""What tests of canceled runs have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.conftest import this_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator


@pytest.fixture
def cancel_when(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Cancels the run when the server has got a request with this method, after so many others of it."""

    def cancel_at(method: str, skip: int = 0) -> None:
        run, match, passed = this_run(), server._backend.faults.match, iter(range(skip))

        def cancel(requested: str, path: str) -> Any:
            if requested == method and next(passed, None) is None:
                run.cancel()
            return match(requested, path)

        monkeypatch.setattr(server._backend.faults, "match", cancel)

    return cancel_at
