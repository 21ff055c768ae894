"""Words that several commands print: counts, lists that are cut, and a title as a name."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from pulumi_userplane.api.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_SLUG_LENGTH = 60


def pluralize(count: int, noun: str) -> str:
    """Returns a count with its noun, for example `1 link` or `3 links`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def enumerate_first(items: Sequence[str], limit: int) -> str:
    """Returns the first items, separated by commas, and how many more there are."""
    more = f", and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more


def name_link(link_id: str, title: str | None) -> str:
    """Returns a link's id with its title, for a list that commas separate."""
    return f'{sanitize(link_id)} titled "{sanitize(title)}"' if title else sanitize(link_id)


def make_slug(text: str) -> str:
    """Returns the words of a text in small ASCII letters and digits with hyphens between; empty if it has none."""
    ascii_text = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    joined = "-".join(re.findall(r"[a-z0-9]+", ascii_text.replace("'", "")))
    if len(joined) <= _MAX_SLUG_LENGTH:
        return joined
    return joined[: _MAX_SLUG_LENGTH + 1].rpartition("-")[0] or joined[:_MAX_SLUG_LENGTH]
