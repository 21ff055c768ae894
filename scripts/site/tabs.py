"""Sphinx extension: what follows one another in several languages becomes tabs.

On the code host each stands below a line with nothing but its title in bold, one block of code or one table for each,
or in a `<details>` with its title as summary. Two or more in a row are tabs here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx_design.shared import create_component

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sphinx.application import Sphinx

_SUMMARY = re.compile(r"<details[^>]*>\s*<summary>\s*(.+?)\s*</summary>\s*")


class GatherTabs(SphinxTransform):
    """Puts what stands below titles in a row into tabs."""

    default_priority = 500

    def apply(self, **_: object) -> None:
        """Changes the page."""
        for parent in list(self.document.findall(nodes.Element)):
            for start, end, items in reversed(list(_find_runs(parent.children))):
                parent[start:end] = [_make_tabs(items)]


def setup(app: Sphinx) -> dict[str, bool]:
    """Tells Sphinx of it."""
    app.add_transform(GatherTabs)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _find_runs(children: list[Any]) -> Iterator[tuple[int, int, list[tuple[str, list[Any]]]]]:
    """Yields where tabs begin and end, with the title and the content of each."""
    at = 0
    while at < len(children):
        start, items = at, []
        while found := _find_item(children, at):
            title, content, at = found
            items.append((title, content))
        if len(items) > 1:
            yield start, at, items
        at = max(at, start + 1)


def _find_item(children: list[Any], at: int) -> tuple[str, list[Any], int] | None:
    """Returns a title, what stands below it, and where that ends."""
    first, *rest = children[at : at + 2] or [None]
    if isinstance(first, nodes.paragraph) and _is_title(first):
        is_block = bool(rest) and isinstance(rest[0], (nodes.literal_block, nodes.table))
        return (first.astext(), rest, at + 2) if is_block else None
    if not isinstance(first, nodes.raw) or not (summary := _SUMMARY.fullmatch(first.astext())):
        return None
    for end in range(at + 1, len(children)):
        if isinstance(children[end], nodes.raw) and children[end].astext().strip() == "</details>":
            return summary[1], children[at + 1 : end], end + 1
    return None


def _is_title(paragraph: nodes.paragraph) -> bool:
    """Whether there is nothing but bold text; MyST leaves empty texts around it."""
    parts = [part for part in paragraph.children if part.astext()]
    return len(parts) == 1 and isinstance(parts[0], nodes.strong)


def _make_tabs(items: Iterable[tuple[str, list[Any]]]) -> nodes.container:
    tabs = create_component("tab-set", classes=["sd-tab-set"])
    for title, content in items:
        # Who chooses a language sees it everywhere.
        label = nodes.rubric(title, title, classes=["sd-tab-label"], sync_group="tab", sync_id=title)
        inside = create_component("tab-content", classes=["sd-tab-content"], children=content)
        tabs += create_component("tab-item", classes=["sd-tab-item"], children=[label, inside], selected=False)
    return tabs
