"""The pytest fixture `userplane`; nothing of the emulator is loaded before a test asks for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane import emulator

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator


@pytest.fixture
def userplane(monkeypatch: pytest.MonkeyPatch) -> Iterator["Emulator"]:
    """A new emulator in memory; the USERPLANE_* variables point to it while the test runs."""
    with emulator.Emulator() as userplane:
        for name, value in userplane.environ().items():
            monkeypatch.setenv(name, value)
        yield userplane
