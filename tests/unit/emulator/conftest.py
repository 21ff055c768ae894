"""One emulator for all tests of this folder, reset before each."""

from collections.abc import Callable, Iterator

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import Api

Connect = Callable[[str | None], Api]


@pytest.fixture(scope="session")
def _shared_emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(_shared_emulator: Emulator) -> Emulator:
    _shared_emulator.seed({})
    _shared_emulator.reset()
    return _shared_emulator


@pytest.fixture
def connect(emulator: Emulator) -> Iterator[Connect]:
    clients: list[Api] = []

    def connect_with(key: str | None) -> Api:
        clients.append(Api(emulator, key))
        return clients[-1]

    yield connect_with
    for client in clients:
        client.close()


@pytest.fixture
def api(connect: Connect) -> Api:
    """A client with the owner's key."""
    return connect("uspl_demo")
