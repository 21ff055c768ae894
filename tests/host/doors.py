"""The two providers that Pulumi's engine can call: they do the same, and a test of one alone says why."""

from typing import Literal

import pytest

Door = Literal["dynamic", "plugin"]
DOORS: tuple[Door, ...] = ("dynamic", "plugin")


def only(door: Door, why: str) -> pytest.MarkDecorator:
    """Lets a test be about one provider alone.

    Args:
        door: The provider.
        why: What the other one has not, or does otherwise.
    """
    assert why
    return pytest.mark.parametrize("door", [door])
