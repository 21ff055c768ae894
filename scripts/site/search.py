"""Sphinx extension: the index of the search has numbers, too, such as the status 410."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.search.en import SearchEnglish

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class EnglishWithNumbers(SearchEnglish):
    """English as Sphinx knows it, which leaves out numbers; `static/site.js` keeps them in what a reader asks for."""

    def word_filter(self, word: str) -> bool:
        """Whether a word is in the index."""
        return word not in self.stopwords


def setup(app: Sphinx) -> dict[str, bool]:
    """Tells Sphinx of it."""
    app.add_search_language(EnglishWithNumbers)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
