"""What one run knows of the state: the links that it holds, and those that the run itself has brought there.

A process of the provider lives for one run of the CLI; its four threads share this.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pulumi_userplane.api.vocabulary import names_link

if TYPE_CHECKING:
    from collections.abc import Collection


class Held:
    """The links of one stack's state, as far as the engine has spoken of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forgets everything: another run begins."""
        with self._lock:
            self._ids_of_mark: dict[str, set[str]] = {}
            self._unknown: set[str] = set()
            self._ids: set[str] = set()
            self._adopting: set[str] = set()
            self._taken: dict[str, str] = {}
            self._declared: dict[str, set[tuple[str, str]]] = {}
            self._replaced: set[str] = set()

    def expect(self, mark: str) -> None:
        """Takes down that the state holds a link for this mark, whichever."""
        with self._lock:
            self._unknown.add(mark)

    def add(self, link_id: str, mark: str) -> None:
        """Takes down that the state holds this link; `mark` may be empty."""
        with self._lock:
            self._ids.add(link_id)
            if mark:
                self._ids_of_mark.setdefault(mark, set()).add(link_id)

    def drop(self, link_id: str) -> None:
        """Takes down that the state holds this link no longer."""
        with self._lock:
            self._ids.discard(link_id)
            for ids in self._ids_of_mark.values():
                ids.discard(link_id)

    def of_mark(self, mark: str) -> Collection[str] | None:
        """Returns the links that the state holds for a mark; None when it holds one whose id is not known."""
        with self._lock:
            ids = frozenset(self._ids_of_mark.get(mark, ()))
            return None if mark in self._unknown and not ids else ids

    def has_one_of(self, mark: str) -> bool:
        """Returns whether the state holds a link for a mark."""
        return self.of_mark(mark) is None or bool(self.of_mark(mark))

    def declare(self, link_id: str, recorded_mark: str, mark: str, *, replaces: bool) -> None:
        """Takes down that the program declares this link, or one in its place.

        Args:
            link_id: Which one.
            recorded_mark: The mark in the state, an earlier one where the resource was renamed.
            mark: The mark that is declared.
            replaces: Whether another link is to be made in its place.
        """
        with self._lock:
            self._declared.setdefault(link_id, set()).add((recorded_mark, mark))
            if replaces:
                self._replaced.add(mark)

    def replace(self, mark: str) -> None:
        """Takes down that this run makes a new link for a mark."""
        with self._lock:
            self._replaced.add(mark)

    def is_declared_elsewhere(self, link_id: str, recorded_mark: str) -> bool:
        """Returns whether another resource of the program, told by its mark, declares this link and keeps it."""
        with self._lock:
            return any(
                recorded_mark not in marks and marks[1] and marks[1] not in self._replaced
                for marks in self._declared.get(link_id, ())
            )

    def adopting(self, wanted: str) -> None:
        """Takes down that the program names this id or address to be adopted."""
        with self._lock:
            self._adopting.add(wanted)

    def is_wanted(self, link_id: str, link_url: str | None) -> bool:
        """Returns whether the program names this link to be adopted."""
        with self._lock:
            return any(names_link(wanted, link_id, link_url) for wanted in self._adopting)

    def take(self, link_id: str, how: str) -> bool:
        """Takes a link over for a resource of this run, unless the state or another resource of the run has it.

        Args:
            link_id: Which one.
            how: What a message says of it, should the run be asked to delete it.
        """
        with self._lock:
            if link_id in self._ids or link_id in self._taken:
                return False
            self._taken[link_id] = how
            return True

    def give_back(self, link_id: str) -> None:
        """Takes back a `take` that came to nothing."""
        with self._lock:
            self._taken.pop(link_id, None)

    def how_taken(self, link_id: str) -> str | None:
        """Returns how this run has taken the link over, or None if it has not."""
        with self._lock:
            return self._taken.get(link_id)


HELD = Held()
