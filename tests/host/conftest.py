"""A Userplane, and provider hosts that use it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator
from tests.host.driver import BLOB, Host, running_host

StartHost = Callable[..., Host]


@pytest.fixture(scope="session")
def one_userplane() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def userplane(one_userplane: Emulator) -> Emulator:
    """A Userplane as it begins."""
    one_userplane.reset()
    return one_userplane


@pytest.fixture(scope="session")
def one_host(one_userplane: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with running_host(tmp_path_factory.mktemp("host"), {}, one_userplane.environ(), BLOB) as running:
        yield running


@pytest.fixture
def host(userplane: Emulator, one_host: Host) -> Host:
    """A host whose account comes from the environment; the same one for all tests, so none may rely on its memory."""
    return one_host


@pytest.fixture
def start_host(tmp_path: Path) -> Iterator[StartHost]:
    """Starts a host with the given configuration, variables and `__provider`; several run beside each other."""
    with ExitStack() as running:

        def start(config: Mapping[str, str], environ: Mapping[str, str] | None = None, blob: str = BLOB) -> Host:
            folder = tmp_path / f"host{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return running.enter_context(running_host(folder, config, environ or {}, blob))

        yield start
