"""Makes names for links from their titles: readable, unique, and the same again in a later export."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import TYPE_CHECKING

from pulumi_userplane.cli.text import make_slug

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SHORT_SUFFIX_LENGTH = 6


class NameAllocator:
    """Gives each link a name of its own. Ask for the oldest link first, so that it keeps its name."""

    def __init__(self, earlier: Mapping[str, str]) -> None:
        """Reserves the names of an earlier export.

        Args:
            earlier: The names, with their prefixes, by the ids of the links. No other link gets one, even where the
                link no longer exists: a state may still hold the resource.
        """
        self._earlier = earlier
        self._owners = {name: link_id for link_id, name in earlier.items()}
        self._taken: set[str] = set()

    def allocate(self, title: str, link_id: str, prefix: str = "") -> str:
        """Returns a name that, with the prefix, no other link has.

        It is the name of the earlier export, else one made of the title, else one with the end of the id.

        Args:
            title: The link's title, or the empty text.
            link_id: The link's id.
            prefix: A text in front of the name; both together are unique.
        """
        candidates = chain(self._earlier_name(link_id, prefix), _candidates(make_slug(title), link_id))
        name = next(candidate for candidate in candidates if self._is_free(prefix + candidate, link_id))
        self._taken.add(prefix + name)
        return name

    def _earlier_name(self, link_id: str, prefix: str) -> Iterator[str]:
        name = self._earlier.get(link_id, "")
        if name.startswith(prefix) and name != prefix:
            yield name.removeprefix(prefix)

    def _is_free(self, full_name: str, link_id: str) -> bool:
        return full_name not in self._taken and self._owners.get(full_name, link_id) == link_id


def _candidates(title_slug: str, link_id: str) -> Iterator[str]:
    if title_slug:
        yield title_slug
    stem = title_slug or "link"
    suffix = "".join(re.findall(r"[a-z0-9]", link_id.casefold()))
    yield from (f"{stem}-{end}" for end in (suffix[-_SHORT_SUFFIX_LENGTH:], suffix) if end)
    yield from (f"{stem}-{number}" for number in count(2))
