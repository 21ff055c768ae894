"""An emulator, and provider hosts that use it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator
from tests.support.driver import Driver
from tests.support.operations import BLOB, PluginProcess, running_plugin
from tests.support.request_log import RequestLog, Sent


class Host(Driver):
    """The engine and one plugin process."""

    def __init__(self, process: PluginProcess) -> None:
        super().__init__(process)
        self._process = process

    @property
    def output(self) -> str:
        """All that the process has written so far, to stdout and to stderr."""
        return self._process.output


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


@pytest.fixture
def sent(userplane: Emulator) -> Sent:
    """Gives method and body of the requests since the last call."""
    return RequestLog(userplane).take


@pytest.fixture(scope="session")
def one_host(one_userplane: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    # It would look once, in whichever test creates first.
    environ = {**one_userplane.environ(), "USERPLANE_LOOK_FOR_INTERRUPTED": "never"}
    with running_plugin(tmp_path_factory.mktemp("host"), {}, environ) as running:
        yield Host(running)


@pytest.fixture
def host(userplane: Emulator, one_host: Host) -> Host:
    """A host whose account comes from the environment; the same one for all tests, so none may rely on its memory."""
    return one_host


@pytest.fixture
def start_host(tmp_path: Path) -> Iterator[StartHost]:
    """Starts hosts as `running_plugin` says; several run at the same time."""
    with ExitStack() as running:

        def start(
            config: Mapping[str, str],
            environ: Mapping[str, str] | None = None,
            blob: str = BLOB,
            program: Path | None = None,
            *,
            has_cli: bool = False,
        ) -> Host:
            folder = tmp_path / f"host{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return Host(
                running.enter_context(running_plugin(folder, config, environ or {}, blob, program, has_cli=has_cli))
            )

        yield start
