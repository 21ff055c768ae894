"""Mends what the theme leaves to guess for a screen reader, in the pages that it wrote."""

from __future__ import annotations

MENDED = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    # The first cell of a table whose rows have names is not a heading.
    '<th class="head"><p></p></th>': "<td></td>",
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
}
"""What the theme writes, and what stands there instead."""


def mend(page: str) -> str:
    """Returns a page that says what each of its parts is."""
    for old, new in MENDED.items():
        page = page.replace(old, new)
    return page
