"""Fixtures of the unit tests: one emulator that is reset before each, and an engine that drives the provider."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.proto.resource_pb2_grpc import ResourceMonitorStub

from pulumi_userplane import ProgramError
from pulumi_userplane.emulator import Emulator
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.provider import RecordingLinkProvider
from tests.clock import Clock
from tests.support.driver import Driver
from tests.support.messages import Messages
from tests.support.operations import InProcess, State
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs

    from pulumi_userplane.api import Client
    from pulumi_userplane.api.shared_file import SharedFile
    from tests.support.request_log import Sent

    MakeEngine = Callable[..., "Engine"]

CANARY = "uspl_canary_5c1e7"
DOMAIN = "dom_help"
STACK_TYPE = "pulumi:pulumi:Stack"


class Engine:
    """Pulumi's engine with one link: it keeps the state, which changes with each operation that succeeds."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.provider = RecordingLinkProvider()
        self.provider.configure(ConfigureRequest(Config(settings, "project")))
        self._operations = InProcess(self.provider)
        self.driver = Driver(self._operations)
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    @property
    def client(self) -> Client:
        """The run's client for the provider's account."""
        return this_run().client(self.provider._settings)

    @property
    def file(self) -> SharedFile:
        """What the processes of this machine share for the provider's account."""
        return this_run().file(self.provider._settings)

    def check(self, **program: Any) -> dict[str, Any]:
        """Returns the checked inputs of a program without problems."""
        return self.driver.checked(program, self.inputs)

    def failures(self, **program: Any) -> list[str]:
        """Returns the problems that check reports; none names a property to Pulumi."""
        failures = self.driver.check(program, self.inputs).failures
        assert {name for name, _ in failures} <= {""}
        return [reason for _, reason in failures]

    def diff(self, **program: Any) -> tuple[bool, list[str]]:
        """Returns whether the provider reports a change, and what only a new link can change."""
        difference = self._operations.diff(self._state, self.check(**program))
        assert difference.changes is not True
        return difference.changes is None, difference.replaces

    def up(self, **program: Any) -> None:
        """Creates the link, or updates it if it differs."""
        if not self.id:
            self._hold(self.driver.create(program))
            return
        plan = self.driver.preview(self._state, program)
        assert not plan.replaces
        self._hold(self.driver.update(self._state, plan))

    def refresh(self) -> None:
        """Reads the link; the id is empty afterwards if the state dropped it."""
        fresh, _ = self.driver.refresh(self._state)
        self._hold(fresh or State("", {}, {}))

    def destroy(self) -> None:
        self.driver.delete(self._state)

    @property
    def _state(self) -> State:
        return State(self.id, self.inputs, self.outputs)

    def _hold(self, state: State) -> None:
        self.id, self.inputs, self.outputs = state.id, state.inputs, state.outputs


@pytest.fixture(autouse=True)
def _untouched_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: Clock) -> Iterator[None]:
    """Begins each test without settings of the shell, with a new run and with a shared file of its own."""
    for name in [name for name in os.environ if name.startswith("USERPLANE_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    # Most tests count requests, and the look before the first creation is one; `looking` switches it on.
    monkeypatch.setenv("USERPLANE_LOOK_FOR_INTERRUPTED", "never")
    run_state.reset(RunState(Messages(), clock))
    yield
    run_state.reset()


@pytest.fixture(autouse=True)
def clock() -> Clock:
    """The clock of all waits, which are over at once and count in full."""
    return Clock()


def this_run() -> RunState:
    """Returns the run of the provider's process."""
    return run_state.this_run_state(pulumi.log)


def forget_run() -> None:
    """Begins a new run, with the same notify and clock, as a new process would."""
    run = this_run()
    run_state.reset(RunState(run.notify, run.clock))


@pytest.fixture(scope="session")
def _one_server() -> Iterator[Emulator]:
    with Emulator(api_key=CANARY) as running:
        yield running


@pytest.fixture
def server(_one_server: Emulator) -> Emulator:
    """The emulator; its key is a canary that no text may contain."""
    _one_server.seed({})
    _one_server.reset()
    return _one_server


@pytest.fixture
def make_engine(server: Emulator) -> MakeEngine:
    """Makes engines with the settings of the server, or with others by their config keys (None leaves one out)."""

    def make(**others: str | None) -> Engine:
        settings = {"baseUrl": server.base_url, "apiKey": server.api_key, "workspaceId": server.workspace_id, **others}
        return Engine({f"userplane:{name}": text for name, text in settings.items() if text is not None})

    return make


@pytest.fixture
def engine(make_engine: MakeEngine) -> Engine:
    return make_engine()


@pytest.fixture
def messages() -> Messages:
    """All messages that a user is shown."""
    shown = this_run().notify
    assert isinstance(shown, Messages)
    return shown


@pytest.fixture
def warned(messages: Messages) -> list[str]:
    """The warnings that a user is shown."""
    return messages.warnings


@pytest.fixture
def sent(server: Emulator) -> Sent:
    """Returns method and body of the requests since the last call."""
    return RequestLog(server).take


@pytest.fixture
def account_of_server(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the server's account into the environment."""
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)


def refused(find: Callable[[], object]) -> str:
    """Returns the message of a look-up that fails; Pulumi shows such an error without a traceback."""
    with pytest.raises(ProgramError) as caught:
        find()
    assert isinstance(caught.value, pulumi.RunError)
    return str(caught.value)


class Monitor(MockMonitor, ResourceMonitorStub):
    """Answers as the engine's monitor: one run of a program each, and whole chains of types in URNs."""

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        parents = [type_ for type_ in [*parent.split("::"), "", ""][2].split("$") if type_ and type_ != STACK_TYPE]
        return "::".join((f"urn:pulumi:{pulumi.get_stack()}", pulumi.get_project(), "$".join((*parents, type_)), name))


class Program(pulumi.runtime.Mocks):
    """Runs a program without an engine, and keeps what it registered."""

    def __init__(self) -> None:
        self.registered: list[MockResourceArgs] = []
        self.answer: dict[str, Any] | None = None
        self.has_failed = False

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        raise AssertionError(args.token)

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.registered.append(args)
        return args.resource_id or f"{args.name}_id", self.answer or args.inputs

    def run(self, declare: Callable[[], object], *, config: dict[str, str] | None = None) -> None:
        """Runs the program to its end."""
        pulumi.runtime.set_mocks(self, project="proj", stack="dev", monitor=Monitor(self))
        pulumi.runtime.set_all_config(config or {})
        as_program: Any = pulumi.runtime.test  # has no types
        self.has_failed = True
        as_program(declare)()
        self.has_failed = False

    def resource(self, name: str) -> MockResourceArgs:
        """What the engine was asked to register or read under that name."""
        (found,) = [args for args in self.registered if args.name == name]
        return found

    def inputs(self, name: str) -> dict[str, Any]:
        """The properties of that resource, secret or not."""
        return {key: rpc.unwrap_rpc_secret(value) for key, value in self.resource(name).inputs.items()}

    def secrets(self, name: str) -> set[str]:
        """The names of those properties that travelled as secrets."""
        return {key for key, value in self.resource(name).inputs.items() if rpc.is_rpc_secret(value)}


@pytest.fixture
def program() -> Iterator[Program]:
    # What is there before need not be looked at by the collection below, which else takes a tenth of a second.
    gc.freeze()
    program = Program()
    yield program
    pulumi.runtime.set_all_config({})
    pulumi.runtime.settings.reset_options()
    if program.has_failed:
        # What failed leaves futures that nobody asks; collected inside `ast.parse` they make Python 3.11 fail.
        gc.collect()
