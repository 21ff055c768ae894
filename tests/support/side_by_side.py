"""Spreads the tests over worker processes: a file stays with one worker, and what takes longest begins first."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

_SECONDS = {"engine": 6.0, "property": 5.0, "host": 0.3, "contract": 0.3, "faults": 0.1}
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
    if not hasattr(config, "workerinput"):
        return
    weights: dict[str, float] = defaultdict(float)
    for item in items:
        weights[_scope(item.nodeid)] += _seconds(item.nodeid)
    items.sort(key=lambda item: (-weights[_scope(item.nodeid)], _scope(item.nodeid)))


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
