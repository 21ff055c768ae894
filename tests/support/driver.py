"""Calls the provider's operations in the engine's order, whichever process the provider is in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.operations import State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.operations import Checked, Operations, Properties


@dataclass(frozen=True)
class Plan:
    """The engine's decision after check and diff: `none`, `update` or `replace`; after a read also `gone`."""

    inputs: Properties
    changes: str
    replaces: list[str] = field(default_factory=list)
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether the preview is empty."""
        return self.changes == "none"


class Driver:
    """Calls operations as Pulumi's engine does."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def check(self, news: Properties, olds: Properties | None = None) -> Checked:
        """Returns the checked inputs and the failures as pairs of property and reason."""
        return self._operations.check(news, olds or {})

    def checked(self, news: Properties, olds: Properties | None = None) -> Properties:
        """Returns the checked inputs of a declaration without failures."""
        inputs, failures = self.check(news, olds)
        assert failures == []
        return inputs

    def diff(self, state: State, inputs: Properties) -> Plan:
        """Compares checked inputs with a state, and decides what the provider leaves to the engine."""
        difference = self._operations.diff(state, inputs)
        leaves_it_to_the_engine = difference.changes is None
        if difference.changes is False or (leaves_it_to_the_engine and _visible(state.inputs) == _visible(inputs)):
            return Plan(inputs, "none")
        return Plan(inputs, "replace" if difference.replaces else "update", difference.replaces, difference.details)

    def preview(self, state: State, news: Properties) -> Plan:
        """Checks, then compares."""
        return self.diff(state, self.checked(news, state.inputs))

    def create(self, news: Properties) -> State:
        """Check without old inputs, then create: a new resource, or the second half of a replacement."""
        return self._operations.create(self.checked(news))

    def update(self, state: State, plan: Plan) -> State:
        """Applies a plan that replaces nothing; without a change there is no call, only new inputs."""
        if plan.nothing:
            return State(state.id, plan.inputs, state.outputs)
        return self._operations.update(state, plan.inputs)

    def replace(self, state: State, news: Properties) -> State:
        """A new resource before the old one is deleted."""
        made = self.create(news)
        self.delete(state)
        return made

    def up(self, state: State, news: Properties) -> State:
        """Previews, then applies the plan."""
        plan = self.preview(state, news)
        return self.replace(state, news) if plan.changes == "replace" else self.update(state, plan)

    def refresh(self, state: State) -> tuple[State | None, Plan]:
        """Read, then diff of the new outputs with the old inputs; None when the resource is gone."""
        fresh = self._operations.read(state)
        if not fresh.id:
            return None, Plan(state.inputs, "gone")
        return fresh, self.diff(fresh, state.inputs)

    def get(self, id_: str, **inputs: Any) -> State:
        """Reads as `RecordingLink.get` does."""
        return self._operations.get(id_, inputs)

    def delete(self, state: State) -> None:
        """Deletes, knowing only the state."""
        self._operations.delete(state)


def _visible(properties: Properties) -> Properties:
    return {key: value for key, value in properties.items() if not key.startswith("__")}
