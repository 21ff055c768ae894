"""Names for links out of their titles: readable, unique, and not changed by a link that comes later."""

from __future__ import annotations

import re
import unicodedata
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 60
_SHORT_TAIL = 6


class Names:
    """The names that are given away; to be asked for the oldest link first, so that it keeps its name."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, title: str, link_id: str, prefix: str = "") -> str:
        """Returns a name that together with the prefix is nobody else's: the title's, else one with the id's end.

        Args:
            title: The link's title, or the empty text.
            link_id: Its id.
            prefix: What stands before the name where it has to be unique.
        """
        name = next(each for each in _candidates(slug(title), link_id) if prefix + each not in self._taken)
        self._taken.add(prefix + name)
        return name


def slug(text: str) -> str:
    """Returns the words of a text in small ASCII letters and digits with hyphens between; empty if it has none."""
    ascii_text = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    joined = "-".join(re.findall(r"[a-z0-9]+", ascii_text.replace("'", "")))
    if len(joined) <= _LONGEST:
        return joined
    return joined[: _LONGEST + 1].rpartition("-")[0] or joined[:_LONGEST]


def _candidates(plain: str, link_id: str) -> Iterator[str]:
    if plain:
        yield plain
    stem = plain or "link"
    tail = "".join(re.findall(r"[a-z0-9]", link_id.casefold()))
    yield from (f"{stem}-{end}" for end in (tail[-_SHORT_TAIL:], tail) if end)
    yield from (f"{stem}-{number}" for number in count(2))
