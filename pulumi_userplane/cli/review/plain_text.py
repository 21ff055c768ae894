"""The review as text for a terminal or a log: all of it, however long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_userplane.cli.review import drift_words, words
from pulumi_userplane.cli.review.headline import headline
from pulumi_userplane.cli.review.safe_text import isolated, visible, without_commands
from pulumi_userplane.cli.review.words import Quoted, Strong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.review.model import Review
    from pulumi_userplane.cli.review.words import Phrase


def plain_text(review: Review, stops: Sequence[str]) -> str:
    """Returns the text."""
    lines = [headline(review), f"Recording links of {visible('/'.join(review.stack))}"]
    for change in review.changes:
        lines += _block(
            words.name(change),
            [words.what(change), *words.fields(change, review), ("address: ", *words.address(change, review))],
        )
    lines += ["", "Changed outside Pulumi"] if review.drift else []
    for drift in review.drift:
        pairs = zip(drift_words.what(drift, review), drift_words.fates(drift, review), strict=True)
        lines += _block(words.name(drift), [(*what, "; ", *fate) for what, fate in pairs])
    rest = [_line(each) for each in words.others(review)]
    rest += [words.KEEP_ADDRESSES] if review.killed else []
    rest += drift_words.remarks(review)
    rest += [f"Stopped: {each}" for each in stops]
    return without_commands("\n".join([*lines, *(["", *rest] if rest else [])]) + "\n")


def _block(names: Sequence[Phrase], said: Sequence[Phrase]) -> list[str]:
    *title, name = map(_line, names)
    return ["", f"{name} ({title[0]})" if title else name, *(f"  {_line(each)}" for each in said)]


def _line(phrase: Phrase) -> str:
    return "".join(_part(each) for each in phrase)


def _part(part: str | Quoted | Strong) -> str:
    if isinstance(part, Quoted):
        shown = visible(part.text)
        return isolated(shown, shown)
    return _line(part.phrase) if isinstance(part, Strong) else part
