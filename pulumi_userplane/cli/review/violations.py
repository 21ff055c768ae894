"""The limits: how much a preview may do, from `pyproject.toml` or the command line, and what violates it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.api.text import sanitize
from pulumi_userplane.cli.errors import make_read_error
from pulumi_userplane.cli.review.model import LinkChangeKind
from pulumi_userplane.cli.text import pluralize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pulumi_userplane.cli.review.model import LinkChange, Review

# The same library: from 3.11 on Python brings it.
_toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

_FILE = "pyproject.toml"

MIN_LINKS_FOR_SHARE = 10
"""Of fewer links than this no share is taken: two of three links are not a mass deletion."""

HOW_TO_KEEP = '"A new domain without losing the old address" in docs/review.md of pulumi-userplane'
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
        # A share would allow the few links of a small stack, and nobody means that by 0 %.
        return cls(int(number[1]), is_share=bool(number[2]) and int(number[1]) > 0)

    def __str__(self) -> str:
        return f"{self.amount}%" if self.is_share else str(self.amount)

    def is_exceeded(self, count: int, links: int) -> bool:
        """Returns whether that many of so many links are too many."""
        if self.is_share:
            return links >= MIN_LINKS_FOR_SHARE and count * 100 > self.amount * links
        return count > self.amount


@dataclass(frozen=True)
class Limits:
    """What a change must not exceed; None for no limit."""

    max_replaced: Limit | None = None
    max_deleted: Limit | None = None
    fail_on_drift: bool = False


def read_limits(folder: Path) -> Limits:
    """Reads the nearest `pyproject.toml` in a folder or above; without one, or without the table, nothing is limited.

    Raises:
        ConfigurationError: The file or the table is malformed.
    """
    file = next((parent / _FILE for parent in (folder, *folder.parents) if (parent / _FILE).is_file()), None)
    if file is None:
        return Limits()
    try:
        content = _toml.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise make_read_error(file, error, "mend the file, or give the limits in a folder without one (-C)") from None
    try:
        table = _Content.model_validate(content).tool.own.review
    except ValidationError as error:
        [first, *_] = error.errors()
        key = sanitize(".".join(map(str, first["loc"])))
        reason = (
            "there is no such key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        )
        raise ConfigurationError(
            f"{file} is wrong at {key}: {reason}",
            next_step="the keys of tool.pulumi-userplane.review are max-replaced, max-deleted and fail-on-drift",
        ) from None
    return Limits(table.max_replaced, table.max_deleted, fail_on_drift=table.fail_on_drift)


def _parse_limit(value: Any) -> Limit:  # noqa: ANN401 - whatever stands in the file
    return Limit.parse(str(value))


_Limit = Annotated[Limit, BeforeValidator(_parse_limit)]


class _LimitsTable(BaseModel):
    """The table `tool.pulumi-userplane.review`; an unknown key is refused, since a misspelt limit would be none."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    max_replaced: _Limit | None = Field(default=None, alias="max-replaced")
    max_deleted: _Limit | None = Field(default=None, alias="max-deleted")
    fail_on_drift: bool = Field(default=False, alias="fail-on-drift", strict=True)


class _OwnTables(BaseModel):
    # As above: `reviews` would be no limit.
    model_config = ConfigDict(extra="forbid")

    review: _LimitsTable = _LimitsTable()


class _Tools(BaseModel):
    own: _OwnTables = Field(default=_OwnTables(), alias="pulumi-userplane")


class _Content(BaseModel):
    tool: _Tools = _Tools()


@dataclass(frozen=True)
class Violation:
    """Why the previewed `up` must not run as it is.

    Attributes:
        reason: What is wrong.
        what_to_do: What to do.
        needs_approval: Whether an approval is all that it takes: then a comment shows at once what to do.
    """

    reason: str
    what_to_do: str
    needs_approval: bool = False

    def __str__(self) -> str:
        return f"{self.reason} {self.what_to_do}"


def find_violations(review: Review, limits: Limits, limit_name: str = "--{}") -> list[Violation]:
    """Returns why the previewed `up` must not run as it is.

    Args:
        review: The review.
        limits: What it must not exceed.
        limit_name: How to call a limit; its key in a `pyproject.toml` takes the place of the braces.
    """
    replaced, deleted = review.find_removals(LinkChangeKind.REPLACED), review.find_removals(LinkChangeKind.DELETED)
    max_replaced, max_deleted = map(limit_name.format, ("max-replaced", "max-deleted"))
    rules = (
        (max_replaced, limits.max_replaced, len(replaced), _describe_replaced(replaced), "replaced"),
        (max_deleted, limits.max_deleted, len(deleted), _describe_deleted(deleted), "deleted"),
    )
    allowed = "".join(
        f" Also, {what}; {_describe_allowed(option, limit, kind)}."
        for option, limit, count, what, kind in rules
        if count and not _is_exceeded(limit, count, review)
    )
    violations = [
        Violation(
            f"{what}{_describe_share(review, count) if limit.is_share else ''}. "
            f"{option} allows {_format_limit(limit)}.",
            f"To keep the old {'address' if count == 1 else 'addresses'}, see {HOW_TO_KEEP}; or have the loss approved "
            f"and raise {option}.{allowed}",
        )
        for option, limit, count, what, _ in rules
        if limit is not None and _is_exceeded(limit, count, review)
    ]
    drifted = len(review.drift) + review.unnamed_link_deletions
    if limits.fail_on_drift and drifted:
        violations.append(
            Violation(
                f"{pluralize(drifted, 'link')} changed or deleted outside Pulumi: check what was done.",
                "`pulumi up --refresh` brings back what is declared; to keep the change, declare it in the program.",
            )
        )
    return violations


def _is_exceeded(limit: Limit | None, count: int, review: Review) -> bool:
    return limit is not None and limit.is_exceeded(count, review.links)


def _describe_allowed(option: str, limit: Limit | None, kind: str) -> str:
    if limit is None:
        return f"no limit is set for {kind} links ({option})"
    return f"{option} {limit} allows that"


def _describe_replaced(links: Sequence[LinkChange]) -> str:
    certain, uncertain = _count_certain(links)
    if not certain:
        return f"{pluralize(uncertain, 'link')} may get a new address"
    return f"{pluralize(certain, 'link')} would get a new address{f' and {uncertain} may' if uncertain else ''}"


def _describe_deleted(links: Sequence[LinkChange]) -> str:
    certain, uncertain = _count_certain(links)
    if not certain:
        return f"{pluralize(uncertain, 'link')} may be deleted"
    return f"{pluralize(certain, 'link')} would be deleted{f' and {uncertain} may' if uncertain else ''}"


def _count_certain(links: Sequence[LinkChange]) -> tuple[int, int]:
    """Returns how many addresses stop for certain, and how many may."""
    uncertain = sum(link.may_keep_address for link in links)
    return len(links) - uncertain, uncertain


def _describe_share(review: Review, count: int) -> str:
    share = f": {count * 100 // review.links} % of the"
    if review.are_all_links:
        return f"{share} stack's {review.links} links"
    return f"{share} {review.links} links that the preview shows (give --state to count all links of the stack)"


def _format_limit(limit: Limit) -> str:
    return str(limit).replace("%", " %")
