"""Runs an operation of the table, in any process, and returns how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.program.errors import ProgramError
from tests.faults.table import LOOK
from tests.support.operations import HostError, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.driver import Driver
    from tests.support.operations import Properties

LINK: Properties = {"domain_id": "dom_help", "mark": "pulumi:p/s/help"}
TITLED: Properties = {**LINK, "link_title": "Help"}
NOTHING = State("", {}, {})


@dataclass(frozen=True)
class Ended:
    """How an operation ended.

    Attributes:
        outcome: As in the table.
        state: What the state holds then.
        said: The error with all that it knows, on one line.
    """

    outcome: str
    state: State
    said: str = ""


def prepared(operation: str, driver: Driver) -> State:
    """Returns what the state has to hold before the operation."""
    return driver.create(TITLED) if operation in {"read", "update", "delete"} else NOTHING


def run(operation: str, driver: Driver, state: State, adopting: Properties) -> State:
    """Does what the engine does, and returns what the state holds afterwards."""
    if operation == "read":
        return driver.refresh(state)[0] or NOTHING
    if operation == "update":
        return driver.up(state, {**TITLED, "link_title": "Other"})
    if operation == "delete":
        driver.delete(state)
        return state
    if operation.startswith("adopt"):
        return driver.create(adopting)
    return driver.create(LINK if operation in {"create", LOOK} else TITLED)


def ended(state: State, running: Callable[[], State]) -> Ended:
    """Returns how an operation ended that began with this state."""
    try:
        after = running()
    except (UserplaneError, ProgramError, HostError) as error:
        return Ended("error", state, f"{error} {error!r} {vars(error)}")
    return Ended("gone" if state.id and not after.id else "done", after)
