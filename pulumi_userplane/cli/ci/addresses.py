"""The addresses that die by a change: which they are, and how a comment names them to people and to a later run."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_userplane.cli.review.model import Review

MAX_ADDRESSES = 200
"""The most that a report lists: all of them fit into a comment, next to its text."""

# Nothing that ends code in Markdown, or a hidden line; and no key.
_ADDRESS = re.compile(r"(?!.*uspl_)https?://[!#-&(-;=?-\[\]-_a-{}~]{1,192}")
_DIGITS = 32
"""Of a digest: nobody finds another address with the same ones."""


def require_address(text: str) -> str:
    """Returns a text that is an address.

    Raises:
        ValueError: It is another text.
    """
    if _ADDRESS.fullmatch(text):
        return text
    raise ValueError("not an address")


def make_digests(addresses: Iterable[str]) -> frozenset[str]:
    """Returns what stands for addresses in a hidden line."""
    return frozenset(hashlib.sha256(address.encode()).hexdigest()[:_DIGITS] for address in addresses)


def list_dying(review: Review) -> tuple[str, ...]:
    """Returns the addresses that die, or may; none at all if one of them can't be listed, or if they are too many.

    Userplane gives each link its address when it creates it. One that is secret in the state, or looks like something
    else than an address, can't be shown to those who are to approve its loss.
    """
    dying = {change.address for change in review.changes if change.removes_address}
    listed = sorted(address for address in dying if address and _ADDRESS.fullmatch(address))
    return tuple(listed) if len(listed) == len(dying) <= MAX_ADDRESSES else ()
