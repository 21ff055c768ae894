"""Picks the one thing that a look-up means, or lists what there is instead."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pulumi_userplane.api.errors import UserplaneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_LISTED = 20
"""How many things an error lists."""

T = TypeVar("T")


class MatchError(UserplaneError):
    """A look-up matches nothing or several things, or its arguments don't say what to look for."""


def exactly_one_of(**arguments: object) -> None:
    """Checks that one argument is given; an empty text and False count as not given.

    Raises:
        MatchError: None or several are given.
    """
    if sum(map(bool, arguments.values())) != 1:
        raise MatchError(f"a look-up takes exactly one of {', '.join(f'{name}=' for name in arguments)}")


@dataclass(frozen=True)
class Finder(Generic[T]):
    """Finds things of one sort, such as domains.

    Attributes:
        noun: The word for one of them in an error.
        describe: Describes one of them in an error.
        id_argument: The argument and the attribute that hold its id.
    """

    noun: str
    describe: Callable[[T], str]
    id_argument: str

    def find_by_id(self, wanted: str, rows: Iterable[T], where: str) -> T:
        """Returns the thing with that id; reads no row after it.

        Raises:
            MatchError: There is none.
        """
        others = []
        for row in rows:
            if self._id(row) == wanted:
                return row
            others.append(row)
        raise self.no_match(wanted, where, others, self._id)

    def find_by_name(self, wanted: str, rows: Iterable[T], where: str, name: Callable[[T], str]) -> T:
        """Returns the thing with that name.

        Raises:
            MatchError: There is none, or there are several.
        """
        every = list(rows)
        matches = [row for row in every if name(row) == wanted]
        if not matches:
            raise self.no_match(wanted, where, every, name)
        if len(matches) > 1:
            raise MatchError(
                f"there are {len(matches)} {self.noun}s {wanted!r} in {where}: {self._join(matches)}",
                next_step=f"look it up by {self.id_argument}=",
            )
        return matches[0]

    def no_match(
        self, wanted: str, where: str, rows: list[T], name: Callable[[T], str], *, there_are: str = "there are"
    ) -> MatchError:
        """Returns the error that lists what there is instead, the most similar names first."""
        nearest = sorted(rows, key=lambda row: -difflib.SequenceMatcher(None, name(row), wanted).ratio())
        return MatchError(f"there is no {self.noun} {wanted!r} in {where}; {self.list_instead(nearest, there_are)}")

    def list_instead(self, rows: list[T], there_are: str = "there are") -> str:
        """Returns the list for an error; of many rows the first 20."""
        return f"{there_are}: {self._join(rows)}" if rows else "there are none"

    def _join(self, rows: list[T]) -> str:
        more = f", and {len(rows) - MAX_LISTED} more" if len(rows) > MAX_LISTED else ""
        return ", ".join(map(self.describe, rows[:MAX_LISTED])) + more

    def _id(self, row: T) -> str:
        return str(getattr(row, self.id_argument))
