"""Spells the names of properties and options as the program does: a review of the plugin's links in camel case."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.safe_text import Bold, Code, Property
from pulumi_userplane.respelling import respell

if TYPE_CHECKING:
    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.safe_text import Phrase

_FIRST_NAME = re.compile(r"\w*", re.ASCII)


def spell(phrase: Phrase, review: Review) -> Phrase:
    """Returns a phrase in the spelling of all languages but Python, if all links of the review are the plugin's."""
    return tuple(map(_respell_part, phrase)) if review.is_of_plugin else phrase


def _respell_part(part: str | Code | Bold) -> str | Code | Bold:
    if isinstance(part, str):
        return respell(part)
    if isinstance(part, Bold):
        return Bold(tuple(map(_respell_part, part.phrase)))
    # The keys of `meta` belong to the user.
    return (
        replace(part, text=_FIRST_NAME.sub(lambda name: respell(name[0]), part.text, count=1))
        if isinstance(part, Property)
        else part
    )
