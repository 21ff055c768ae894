"""Fixtures of the table's cells: those of the unit tests, and some of the host tests."""

from tests.host.conftest import one_host, one_userplane
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

__all__ = [
    "_one_server",
    "_untouched_process",
    "account_of_server",
    "clock",
    "engine",
    "make_engine",
    "messages",
    "one_host",
    "one_userplane",
    "sent",
    "server",
    "warned",
]
