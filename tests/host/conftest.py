"""An emulator, and the processes of both providers that use it: Python's dynamic one and the plugin."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any, cast

import pytest

from pulumi_userplane.emulator import Emulator
from tests.host.doors import DOORS, Door
from tests.support.driver import Driver
from tests.support.dynamic_host import DynamicHost, running_dynamic_host
from tests.support.operations import Properties
from tests.support.plugin_host import PluginHost, running_engine, running_plugin
from tests.support.request_log import RequestLog, Sent


class Host(Driver):
    """The engine and one provider process."""

    def __init__(self, process: DynamicHost | PluginHost) -> None:
        super().__init__(process)
        self.process = process

    @property
    def outputs(self) -> tuple[str, ...]:
        """What a user has been shown so far, and what the process has written; plugins of one CLI share the first."""
        return self.process.outputs

    @property
    def output(self) -> str:
        """All of that."""
        return "\n".join(self.outputs)

    @property
    def hidden(self) -> Properties:
        """The properties that each link has in the state, whatever is declared."""
        return self.process.hidden

    def with_own_names(self) -> "Host":
        """Returns the same host for tests that use the names of properties as the state has them."""
        return Host(self.process.with_own_names())

    def word(self, message: str) -> str:
        """Returns a message of the dynamic provider as this one words it."""
        return self.process.word(message)


StartHost = Callable[..., Host]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests that start plugins of their own as slow: `make test-fast` runs the others, which share one."""
    for item in items:
        if {"start_host", "door"} <= set(getattr(item, "fixturenames", ())) and _door_of(item) == "plugin":
            item.add_marker(pytest.mark.slow)


def _door_of(item: pytest.Item) -> object:
    return item.callspec.params.get("door") if isinstance(item, pytest.Function) else None


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    """The provider of the test."""
    return cast("Door", request.param)


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
def one_of_each(one_userplane: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[Door, Host]]:
    """A host of each provider, for all tests."""
    # It would look once, in whichever test creates first.
    environ = {**one_userplane.environ(), "USERPLANE_LOOK_FOR_INTERRUPTED": "never"}
    with (
        running_dynamic_host(tmp_path_factory.mktemp("host"), {}, environ) as dynamic,
        running_engine() as engine,
        running_plugin(tmp_path_factory.mktemp("plugin"), {}, environ, engine) as plugin,
    ):
        yield {"dynamic": Host(dynamic), "plugin": Host(plugin)}


@pytest.fixture
def one_host(door: Door, one_of_each: Mapping[Door, Host]) -> Host:
    """A host whose account comes from the environment; the same one for all tests, so none may rely on its memory."""
    return one_of_each[door]


@pytest.fixture
def host(userplane: Emulator, one_host: Host) -> Host:
    """The same, with a Userplane as it begins."""
    return one_host


@pytest.fixture
def start_host(door: Door, tmp_path: Path) -> Iterator[StartHost]:
    """Starts hosts as `running_dynamic_host` and `running_plugin` say; several run at the same time.

    With `has_cli=True` this process is the CLI of all of them.
    """
    with ExitStack() as running:
        engine_of_all = cache(lambda: running.enter_context(running_engine()))

        def start(
            config: Mapping[str, str],
            environ: Mapping[str, str] | None = None,
            program: Path | None = None,
            *,
            has_cli: bool = False,
            **how: Any,
        ) -> Host:
            folder = tmp_path / f"host{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            if door == "plugin":
                engine = engine_of_all() if has_cli else running.enter_context(running_engine())
                return Host(running.enter_context(running_plugin(folder, config, environ or {}, engine, program)))
            starting = running_dynamic_host(folder, config, environ or {}, program=program, has_cli=has_cli, **how)
            return Host(running.enter_context(starting))

        yield start
