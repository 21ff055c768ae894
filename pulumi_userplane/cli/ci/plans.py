"""Compares the plan that reviewers saw with the one that an `up` has made and judged."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.link_types import LINK_TYPES
from pulumi_userplane.recovery.ownership import nearest_type

if TYPE_CHECKING:
    from pathlib import Path

_KEEPS_ADDRESS = frozenset({"same", "create", "update", "refresh", "import"})
"""The operations by which no link ends. All others count as removals, also those that a later CLI brings."""

_WHICH_PLAN = "name the one that `ci preview` has kept"
_RESOURCES = "resourcePlans"
_STEPS = "steps"


class UnknownPlanError(Exception):
    """Nobody knows what a plan permits."""


def permits_more(reviewed: Path, own: Path) -> bool:
    """Returns whether a plan permits to delete or replace a link, and another plan does not.

    Args:
        reviewed: The plan. It comes from a job that ran the program, so it can be any file.
        own: The other one.

    Raises:
        UnknownPlanError: One of them is not a plan, or one that the CLI would read otherwise.
    """
    return bool(_read_removals(reviewed) - _read_removals(own))


def require_plan(plan: Path, out: Path) -> None:
    """Refuses a file that is not a plan; the CLI would name no file.

    Args:
        plan: The file.
        out: The folder for the report, from which an earlier one is removed.

    Raises:
        ConfigurationError: It is missing, something else, or in that folder.
    """
    if not plan.is_file():
        raise ConfigurationError(f"there is no plan {plan}", next_step=_WHICH_PLAN)
    if plan.resolve().is_relative_to(out.resolve()):
        raise ConfigurationError(
            f"the plan {plan} is in the folder of --out, from which an earlier report is removed",
            next_step="name another folder with --out",
        )
    try:
        _read_removals(plan)
    except UnknownPlanError:
        raise ConfigurationError(f"{plan} is not a plan of the Pulumi CLI", next_step=_WHICH_PLAN) from None


def _read_removals(plan: Path) -> Counter[tuple[str, str]]:
    """Counts by URN and operation what removes links.

    Raises:
        UnknownPlanError: It is not a plan, or one that the CLI would read otherwise.
    """
    try:
        content = json.loads(plan.read_bytes(), object_pairs_hook=_Object)
    except (ValueError, RecursionError):
        raise UnknownPlanError from None
    resources = _find(content, _RESOURCES)
    if not isinstance(resources, _Object):
        raise UnknownPlanError
    removals: Counter[tuple[str, str]] = Counter()
    for urn, resource in resources.pairs:
        steps = _find(resource, _STEPS)
        # The CLI leaves an empty list out.
        if steps is not None and not isinstance(steps, list):
            raise UnknownPlanError
        if steps and _is_link(urn):
            removals.update((urn, str(step)) for step in steps if step not in _KEEPS_ADDRESS)
    return removals


class _Object:
    """An object of JSON with all its pairs: where two have one name, the CLI can take another one than Python."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _find(content: object, name: str) -> object:
    """Returns the value of a name; None if it does not stand there.

    Raises:
        UnknownPlanError: It stands there twice or in other letters, which the CLI reads as well; or nothing can.
    """
    if not isinstance(content, _Object):
        raise UnknownPlanError
    found = [(key, value) for key, value in content.pairs if key.casefold() == name.casefold()]
    if not {key for key, _ in found} <= {name} or len(found) > 1:
        raise UnknownPlanError
    return found[0][1] if found else None


def _is_link(urn: str) -> bool:
    types = [*urn.split("::"), "", ""][2]
    return nearest_type(types) in LINK_TYPES
