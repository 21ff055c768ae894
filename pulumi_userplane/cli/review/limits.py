"""How much a preview may do before somebody has to look: numbers or shares, and what to say when it is too much."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi_userplane.cli.review.model import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.review.model import LinkChange, Review

LEAST_FOR_A_SHARE = 10
"""Of fewer links than this no share is taken: two of three is no mass deletion."""


HOW_TO_KEEP = '"A new domain without killing the old address" in docs/review.md of pulumi-userplane'
"""Where it is written how an address is kept."""


@dataclass(frozen=True)
class Limit:
    """The most that may happen: a number of links, or a share of them in percent."""

    amount: int
    is_share: bool = False

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Reads `3` or `30%`.

        Raises:
            ValueError: It is neither.
        """
        number = re.fullmatch(r"(\d{1,6})(%?)", text.strip())
        if number is None or (number[2] and int(number[1]) > 100):
            raise ValueError(f"{text!r} is neither a number such as 3 nor a share such as 30%")
        # A share would let the few links of a small stack go, and nobody means that by 0 %.
        return cls(int(number[1]), is_share=bool(number[2]) and int(number[1]) > 0)

    def __str__(self) -> str:
        return f"{self.amount}%" if self.is_share else str(self.amount)

    def is_exceeded(self, count: int, links: int) -> bool:
        """Returns whether that many of so many links are too many."""
        if self.is_share:
            return links >= LEAST_FOR_A_SHARE and count * 100 > self.amount * links
        return count > self.amount


@dataclass(frozen=True)
class Limits:
    """What a review stops at; None for no limit."""

    max_replaced: Limit | None = None
    max_deleted: Limit | None = None
    fail_on_drift: bool = False


def stops(review: Review, limits: Limits) -> list[str]:
    """Returns why the previewed `up` must not go on as it is: a sentence each, with what to do."""
    replaced = [each for each in review.killed if each.kind is Kind.REPLACED]
    deleted = [each for each in review.killed if each.kind is Kind.DELETED]
    sides = (
        ("--max-replaced", limits.max_replaced, len(replaced), _replaced(replaced), "replaced"),
        ("--max-deleted", limits.max_deleted, len(deleted), _deleted(deleted), "deleted"),
    )
    beside = "".join(
        f" {what}, too; {_allowed(option, limit, which)}."
        for option, limit, count, what, which in sides
        if count and not _exceeds(limit, count, review)
    )
    found = [
        f"{what}{_share(review, count) if limit.is_share else ''}, and {option} allows {limit}: keep the address "
        f"({HOW_TO_KEEP}), or have the loss approved and raise {option}.{beside}"
        for option, limit, count, what, _ in sides
        if limit is not None and _exceeds(limit, count, review)
    ]
    outside = len(review.drift) + review.vanished_links
    if limits.fail_on_drift and outside:
        found.append(
            f"{_links(outside)} changed or deleted outside Pulumi: look at what was done; "
            f"`pulumi up --refresh` makes it as declared again, a change of the program makes it the new declaration."
        )
    return found


def _exceeds(limit: Limit | None, count: int, review: Review) -> bool:
    return limit is not None and limit.is_exceeded(count, review.links)


def _allowed(option: str, limit: Limit | None, which: str) -> str:
    if limit is None:
        return f"no limit was given for {which} links ({option})"
    return f"{option} {limit} allows that"


def _replaced(links: Sequence[LinkChange]) -> str:
    certain, uncertain = _counts(links)
    if not certain:
        return f"{_links(uncertain)} may lose {'its' if uncertain == 1 else 'their'} address to a new one"
    lose = f"{_links(certain)} would lose {'its' if certain == 1 else 'their'} address to a new one"
    return f"{lose} and {uncertain} may" if uncertain else lose


def _deleted(links: Sequence[LinkChange]) -> str:
    certain, uncertain = _counts(links)
    if not certain:
        return f"{_links(uncertain)} may be deleted"
    return f"{_links(certain)} would be deleted{f' and {uncertain} may' if uncertain else ''}"


def _counts(links: Sequence[LinkChange]) -> tuple[int, int]:
    """How many addresses stop for certain, and how many may."""
    uncertain = sum(each.may_kill_address for each in links)
    return len(links) - uncertain, uncertain


def _links(count: int) -> str:
    return f"{count} link" if count == 1 else f"{count} links"


def _share(review: Review, count: int) -> str:
    percent = count * 100 // review.links
    of_what = "of the stack" if review.are_all_links else "in the preview, which does not show all: give --state"
    return f" ({percent} % of the {review.links} {of_what})"
