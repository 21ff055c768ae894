"""Fixtures of the table's cells: those of the unit tests, and some of the host tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.conftest import door, one_host, one_of_each, one_userplane
from tests.unit.conftest import (
    _one_server,
    _untouched_process,
    account_of_server,
    clock,
    engine,
    make_engine,
    messages,
    sent,
    server,
    warned,
)

if TYPE_CHECKING:
    from tests.clock import Clock

__all__ = [
    "_one_server",
    "_untouched_process",
    "account_of_server",
    "clock",
    "door",
    "engine",
    "make_engine",
    "messages",
    "one_host",
    "one_of_each",
    "one_userplane",
    "sent",
    "server",
    "warned",
]


@pytest.fixture(autouse=True)
def _quick_waits(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """A look-up takes no clock: its client gets that of the tests."""
    monkeypatch.setattr("pulumi_userplane.api.client_base.SYSTEM_CLOCK", clock)
