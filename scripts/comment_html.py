"""Renders a comment as GitHub does: with its own renderer, where each line break of the source is one on the page."""

from __future__ import annotations

from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options


def render_html(markdown: str) -> str:
    """Returns the HTML of a comment, before GitHub takes away what its readers must not be sent.

    Without that option the renderer itself would drop all tags, also `<details>`, which GitHub keeps.
    """
    html: str = github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS)
    return html
