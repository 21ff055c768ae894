"""Simulates the provider processes of one run: the dynamic provider's host and the plugin, each once it is needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeVar

from pulumi.dynamic import Config, ConfigureRequest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.shared_facts import SharedFacts
from pulumi_userplane.plugin.messages import EngineLog
from pulumi_userplane.property_names import to_camel_case_names
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.respelling import respell
from tests.property.machines import SimulatedRun
from tests.support.driver import Driver
from tests.support.operations import HostError, InProcess
from tests.support.plugin_host import PluginOperations, configure
from tests.support.plugin_in_process import PluginInProcess

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.lifecycle.run_state import Notify
    from pulumi_userplane.recovery.state_reader import Deployment
    from tests.property.machines import RunOptions
    from tests.property.world import SimulatedWorld
    from tests.support.messages import Messages
    from tests.support.operations import Checked, Difference, Operations, Properties, State

T = TypeVar("T")
Door = Literal["dynamic", "plugin"]
DOORS: tuple[Door, ...] = ("dynamic", "plugin")


def spell(properties: Properties, door: Door) -> Properties:
    """Returns properties, which have Python's names, by those that they have in a state of this provider."""
    return to_camel_case_names(properties) if door == "plugin" else properties


class Processes:
    """The provider processes of one run. They know of each other what the real ones tell each other.

    Args:
        world: Where they run.
        options: The options of the run.
        settings: The settings of the account.
        messages: What they show.
        export: Returns the state of the stack, as written so far.

    Attributes:
        urn: The resource that the engine calls them about.
    """

    def __init__(
        self,
        world: SimulatedWorld,
        options: RunOptions,
        settings: dict[str, str],
        messages: Messages,
        export: Callable[[], Deployment],
    ) -> None:
        self._world = world
        self._options = options
        self._settings = settings
        self._messages = messages
        self._export = export
        self._facts = SharedFacts()
        self.urn = ""

    def driver(self, door: Door) -> Driver:
        """Returns what calls one of the two, which may be killed after each operation."""
        return self._dynamic if door == "dynamic" else self._plugin

    @cached_property
    def _dynamic(self) -> Driver:
        run = self._begin_run(self._messages)
        provider = RecordingLinkProvider()
        settings = {f"userplane:{name}": value for name, value in self._settings.items()}
        provider.configure(ConfigureRequest(Config(settings, "p")))
        return Driver(_KillableOperations(InProcess(provider), run, self._world))

    @cached_property
    def _plugin(self) -> Driver:
        plugin = PluginInProcess(self._messages)
        run = self._begin_run(EngineLog(plugin.show))
        configure(plugin, self._settings)
        operations = PluginOperations(plugin, lambda _properties: self.urn, has_python_names=False)
        return Driver(_KillableOperations(operations, run, self._world))

    def _begin_run(self, notify: Notify) -> SimulatedRun:
        return SimulatedRun(
            self._world,
            self._world.machines[self._options.machine],
            notify,
            self._export,
            facts=self._facts,
            has_checkpoints=self._options.checkpoints,
        )


class _KillableOperations:
    """A provider whose process may be killed after an operation, before the engine knows of it."""

    def __init__(self, operations: Operations, run: SimulatedRun, world: SimulatedWorld) -> None:
        self._operations = operations
        self._run = run
        self._world = world

    def check(self, news: Properties, olds: Properties) -> Checked:
        return self._call(lambda: self._operations.check(news, olds))

    def diff(self, state: State, inputs: Properties) -> Difference:
        return self._call(lambda: self._operations.diff(state, inputs))

    def create(self, inputs: Properties) -> State:
        return self._call_killable(lambda: self._operations.create(inputs))

    def read(self, state: State) -> State:
        return self._call_killable(lambda: self._operations.read(state))

    def get(self, id_: str, inputs: Properties) -> State:
        return self._call_killable(lambda: self._operations.get(id_, inputs))

    def update(self, state: State, inputs: Properties) -> State:
        return self._call_killable(lambda: self._operations.update(state, inputs))

    def delete(self, state: State) -> None:
        self._call_killable(lambda: self._operations.delete(state))

    def _call(self, operation: Callable[[], T]) -> T:
        """Calls the provider in its own process; an error is the provider's own, in Python's words."""
        run_state.reset(self._run)
        try:
            return operation()
        except HostError as failed:
            error = failed.__cause__
            if isinstance(error, UserplaneError) and str(failed) == respell(str(error)):
                raise error from None
            raise

    def _call_killable(self, operation: Callable[[], T]) -> T:
        result = self._call(operation)
        self._world.kill_if_due()
        return result
