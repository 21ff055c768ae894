"""Fixtures of the table's cells: those of the unit tests, and some of the host tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pytest

import pulumi_userplane as userplane
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.plugin.messages import EngineLog
from pulumi_userplane.property_names import to_camel_case, to_camel_case_names
from tests.host.conftest import door, one_host, one_of_each, one_userplane
from tests.support.driver import Driver
from tests.support.plugin_host import PluginOperations, configure
from tests.support.plugin_in_process import PluginInProcess
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
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.host.doors import Door
    from tests.support.messages import Messages
    from tests.unit.conftest import MakeEngine

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


class Provider(NamedTuple):
    """One of the two providers in this process.

    Attributes:
        driver: Calls it.
        look_up: Calls a function of the program, by its name and its arguments in Python.
    """

    driver: Driver
    look_up: Callable[..., object]


MakeProvider = Callable[[str], Provider]


@pytest.fixture
def make_provider(
    door: Door, server: Emulator, make_engine: MakeEngine, messages: Messages, clock: Clock
) -> MakeProvider:
    """Makes a provider with the account of the server; its argument is the setting `lookForInterrupted`."""

    def make(looks: str) -> Provider:
        if door == "dynamic":
            driver = make_engine(lookForInterrupted=looks).driver
            return Provider(driver, lambda name, **arguments: getattr(userplane, name)(**arguments))
        plugin = PluginInProcess(messages)
        run_state.reset(RunState(EngineLog(plugin.show), clock))
        account = {"baseUrl": server.base_url, "apiKey": server.api_key, "workspaceId": server.workspace_id}
        configure(plugin, {**account, "lookForInterrupted": looks})
        operations = PluginOperations(plugin)
        return Provider(
            Driver(operations),
            lambda name, **arguments: operations.invoke(to_camel_case(name), **to_camel_case_names(arguments)),
        )

    return make


@pytest.fixture(autouse=True)
def _quick_waits(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """A look-up takes no clock: its client gets that of the tests."""
    monkeypatch.setattr("pulumi_userplane.api.client_base.CancelableClock", lambda _cancellation: clock)
