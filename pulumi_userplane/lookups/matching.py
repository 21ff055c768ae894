"""Picks the one thing that a look-up means, or says what there is instead."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pulumi_userplane.program.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_LISTED = 20

T = TypeVar("T")


def exactly_one_of(**given: object) -> str:
    """Returns the name of the one argument that is given; empty text and False count as not given.

    Raises:
        ProgramError: None or several are.
    """
    ways = [name for name, value in given.items() if value]
    if len(ways) != 1:
        raise ProgramError(f"a look-up takes exactly one of {', '.join(f'{name}=' for name in given)}")
    return ways[0]


@dataclass(frozen=True)
class Finder(Generic[T]):
    """A kind of things that are looked up.

    Attributes:
        noun: What an error calls one of them.
        words: What an error says of one of them.
        id_argument: The argument and the attribute that hold its id.
    """

    noun: str
    describe: Callable[[T], str]
    id_argument: str

    def with_id(self, wanted: str, rows: Iterable[T], where: str) -> T:
        """Returns the thing with that id, having read no further than to it.

        Raises:
            ProgramError: There is none.
        """
        others = []
        for row in rows:
            if self._id(row) == wanted:
                return row
            others.append(row)
        raise self.missing(wanted, where, others, self._id)

    def with_name(self, wanted: str, rows: Iterable[T], where: str, name: Callable[[T], str]) -> T:
        """Returns the thing with that name.

        Raises:
            ProgramError: There is none, or there are several.
        """
        every = list(rows)
        matches = [row for row in every if name(row) == wanted]
        if not matches:
            raise self.missing(wanted, where, every, name)
        if len(matches) > 1:
            raise ProgramError(
                f"there are {len(matches)} {self.noun}s {wanted!r} in {where}: {self.listed(matches)}",
                next_step=f"ask by {self.id_argument}=",
            )
        return matches[0]

    def missing(
        self, wanted: str, where: str, there: list[T], name: Callable[[T], str], there_are: str = "there are"
    ) -> ProgramError:
        """Returns the error that says what there is, the likeliest to be meant first."""
        nearest = sorted(there, key=lambda row: -difflib.SequenceMatcher(None, name(row), wanted).ratio())
        return ProgramError(f"there is no {self.noun} {wanted!r} in {where}; {there_are}: {self.listed(nearest)}")

    def listed(self, rows: list[T]) -> str:
        """Returns the words for all of them, or for the first of very many."""
        more = f", and {len(rows) - MAX_LISTED} more" if len(rows) > MAX_LISTED else ""
        return ", ".join(map(self.describe, rows[:MAX_LISTED])) + more or "none"

    def _id(self, row: T) -> str:
        return str(getattr(row, self.id_argument))
