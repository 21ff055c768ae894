"""The pytest fixture `userplane`; nothing of the emulator is loaded before a test asks for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane import emulator

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator


@pytest.fixture
def userplane(monkeypatch: pytest.MonkeyPatch) -> Iterator["Emulator"]:
    """A fresh emulator in memory, with the USERPLANE_* variables set to it."""
    with emulator.Emulator() as running:
        for name, value in running.environ().items():
            monkeypatch.setenv(name, value)
        yield running
