"""Names for links out of their titles: readable, unique, and not changed by what comes later."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING

from pulumi_userplane.cli.text import slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHORT_SUFFIX_LENGTH = 6


class NameAllocator:
    """The names that are given away; to be asked for the oldest link first, so that it keeps its name."""

    def __init__(self, earlier: Mapping[str, str]) -> None:
        """Begins with the names that stay.

        Args:
            earlier: Names of an earlier export, with their prefixes, by the ids of the links. No other link gets one,
                even where its link is gone: a state may still hold the resource.
        """
        self._earlier = earlier
        self._owners = {name: link_id for link_id, name in earlier.items()}
        self._taken: set[str] = set()

    def allocate(self, title: str, link_id: str, prefix: str = "") -> str:
        """Returns a name that together with the prefix is nobody else's.

        It is that of the earlier export, else the title's, else one with the id's end.

        Args:
            title: The link's title, or the empty text.
            link_id: Its id.
            prefix: What stands before the name where it has to be unique.
        """
        candidates = chain(self._earlier_name(link_id, prefix), _candidates(slug(title), link_id))
        name = next(each for each in candidates if self._is_free(prefix + each, link_id))
        self._taken.add(prefix + name)
        return name

    def _earlier_name(self, link_id: str, prefix: str) -> Iterator[str]:
        name = self._earlier.get(link_id, "")
        if name.startswith(prefix) and name != prefix:
            yield name.removeprefix(prefix)

    def _is_free(self, whole: str, link_id: str) -> bool:
        return whole not in self._taken and self._owners.get(whole, link_id) == link_id


def _candidates(plain: str, link_id: str) -> Iterator[str]:
    if plain:
        yield plain
    stem = plain or "link"
    tail = "".join(re.findall(r"[a-z0-9]", link_id.casefold()))
    yield from (f"{stem}-{end}" for end in (tail[-_SHORT_SUFFIX_LENGTH:], tail) if end)
    yield from (f"{stem}-{number}" for number in count(2))
