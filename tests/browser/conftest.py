"""Fixtures of the tests of the emulator's page: one emulator for a file, as new for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.emulator import Emulator
from tests.unit.emulator.client import Api

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def _one_emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def emulator(_one_emulator: Emulator) -> Emulator:
    """Returns an emulator without links."""
    _one_emulator.reset()
    return _one_emulator


@pytest.fixture
def api(emulator: Emulator) -> Iterator[Api]:
    """Yields the API with the owner's key: what is sent here are requests, unlike what is done on the page."""
    api = Api(emulator, emulator.api_key)
    yield api
    api.close()
