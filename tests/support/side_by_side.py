"""Spreads the tests over worker processes: a file stays with one worker, and what takes longest begins first."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest
from _pytest.nodeid import coerce_node_id  # the only way to another id
from xdist.scheduler.loadscope import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

_SECONDS = {"engine": 6.0, "property": 5.0, "browser": 1.5, "host": 0.3, "contract": 0.3, "faults": 0.1}
"""What a test of a folder takes, more or less; others take less than all of these."""


def _scope(nodeid: str) -> str:
    """What one worker runs in one piece: files share fixtures, properties do not."""
    file, _, _ = nodeid.partition("::")
    return nodeid if file.startswith("tests/property/") else file


def _seconds(nodeid: str) -> float:
    _, _, below = nodeid.partition("tests/")
    return _SECONDS.get(below.partition("/")[0], 0.05)


def pytest_configure(config: pytest.Config) -> None:
    """Lets coverage measure the processes of the tests and none that they start: those would take twice the time."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a worker, puts the scopes that take longest first, and leaves the order within each as it is."""
    _tell_apart(items)
    if not hasattr(config, "workerinput"):
        return
    weights: dict[str, float] = defaultdict(float)
    for item in items:
        weights[_scope(item.nodeid)] += _seconds(item.nodeid)
    items.sort(key=lambda item: (-weights[_scope(item.nodeid)], _scope(item.nodeid)))


def _tell_apart(items: list[pytest.Item]) -> None:
    """Calls tests that have one id by their names.

    A worker runs one test of each id, and nobody would miss the others. Schemathesis makes such tests, one of each
    operation that is described.
    """
    times = Counter(item.nodeid for item in items)
    for item in items:
        if times[item.nodeid] > 1:
            file, _, _ = item.nodeid.partition("::")
            item._id = coerce_node_id(f"{file}::{item.name}")
    assert len({item.nodeid for item in items}) == len(items), "some tests have one id, so not all would be run"


class _InOrder(LoadScopeScheduling):  # type: ignore[misc] # pytest-xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """With `--dist loadscope`, hands the scopes out in the order of the collection."""
    if config.getoption("dist") != "loadscope":
        return None
    config.option.loadscopereorder = False
    return _InOrder(config, log)
