"""One emulator for all tests of it, reset before each."""

from collections.abc import Callable, Iterator

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import Api

Connect = Callable[[str | None], Api]


@pytest.fixture(scope="session")
def _running() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(_running: Emulator) -> Emulator:
    _running.seed({})
    _running.reset()
    return _running


@pytest.fixture
def connect(emulator: Emulator) -> Iterator[Connect]:
    clients: list[Api] = []

    def connected(key: str | None) -> Api:
        clients.append(Api(emulator, key))
        return clients[-1]

    yield connected
    for client in clients:
        client.close()


@pytest.fixture
def api(connect: Connect) -> Api:
    """The owner's client."""
    return connect("uspl_demo")
