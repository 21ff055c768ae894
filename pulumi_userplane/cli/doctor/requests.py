"""Asks the server for a check: 5 seconds at most, and never waiting for the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_userplane.api import Client

LONGEST_SECONDS = 5.0

T = TypeVar("T")


def asked(client: Client, ask: Callable[[], T], *, seconds: float = LONGEST_SECONDS) -> T:
    """Returns what a method of the client answers.

    Args:
        client: The account.
        ask: Calls the method.
        seconds: What is left for it.

    Raises:
        UserplaneError: The request failed, or would have to wait.
    """
    with client.operation_deadline(seconds, rate_limit_wait=0):
        return ask()


def rows(client: Client, listed: Iterator[T]) -> list[T]:
    """Returns the rows of a list of the client's.

    Raises:
        UserplaneError: As above.
    """
    return asked(client, lambda: list(listed))
