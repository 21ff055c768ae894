"""What an `up` did, as data: what happened to each link and to its addresses, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.cli.review.model import FieldChange
    from pulumi_userplane.cli.review.printed_errors import PrintedError


class ResultKind(str, Enum):
    """What was done to a link, the most important for customers first; the values are those of CSV and JSON."""

    REPLACED = "replaced"
    DELETED = "deleted"
    CREATED = "created"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    NOT_REACHED = "not reached"
    RETAINED = "orphaned"
    ADOPTED = "adopted"
    UPDATED = "changed"
    RENAMED = "renamed"


class OldAddress(str, Enum):
    """What happened to the address that a link had before the `up`."""

    NONE = "none"
    STAYS = "stays"
    DEAD = "dead"
    WAS_DEAD = "was dead"
    UNMANAGED = "unmanaged"
    UNDELETED = "undeleted"
    UNKNOWN = "unknown"

    @property
    def works(self) -> bool | None:
        """Whether it works now; None if nothing tells, or if there was none."""
        if self in {OldAddress.NONE, OldAddress.UNKNOWN}:
            return None
        return self not in {OldAddress.DEAD, OldAddress.WAS_DEAD}


@dataclass(frozen=True)
class LinkResult:
    """What an `up` did to one link.

    Attributes:
        type: The type of its resource.
        name: Its name in the program.
        kind: What was done.
        urn: Its URN, if a state has it.
        title: The link's title, if there is one that may be shown.
        old_address: The address before, if it is known.
        old: What happened to that address.
        new_address: The address that its resource has now, if it has a link whose address is known.
        link_id: The id of the link that it has now, else of the one that it had.
        fields: The fields that were changed.
        put_back: The fields that had been changed outside Pulumi and were changed back.
        renamed_from: The name that it had before.
        successor: For a link that left the program, the name of a new one that declares the same.
        errors: What went wrong.
        is_from_earlier_replacement: Whether it is the old link of a replacement by an earlier `up`.
        pending: The operation that failed or was interrupted: `creating` or alike.
    """

    type: str
    name: str
    kind: ResultKind
    urn: str | None = None
    title: str | None = None
    old_address: str | None = None
    old: OldAddress = OldAddress.NONE
    new_address: str | None = None
    link_id: str | None = None
    fields: tuple[FieldChange, ...] = ()
    put_back: tuple[str, ...] = ()
    renamed_from: str | None = None
    successor: str | None = None
    errors: tuple[PrintedError, ...] = ()
    is_from_earlier_replacement: bool = False
    pending: str | None = None

    @property
    def is_failure(self) -> bool:
        """Whether something has to be done about it."""
        is_open = self.kind in {ResultKind.FAILED, ResultKind.INTERRUPTED}
        return is_open or bool(self.errors) or self.old is OldAddress.UNDELETED


@dataclass(frozen=True)
class Applied:
    """What an `up` did.

    Attributes:
        stack: Project and stack.
        links: What was done to links, the most important first.
        other_errors: What else went wrong.
        has_failed: Whether the `up` failed or was interrupted, as far as states and log tell.
        has_begun: Whether it came further than its preview, as far as the log tells.
        is_interrupted: Whether it ended without its summary, or left operations that it does not know the end of.
    """

    stack: tuple[str, str]
    links: tuple[LinkResult, ...] = ()
    other_errors: tuple[PrintedError, ...] = ()
    has_failed: bool = False
    has_begun: bool = True
    is_interrupted: bool = False

    def select(self, condition: Callable[[LinkResult], bool]) -> list[LinkResult]:
        """Returns the links for which a condition holds."""
        return [*filter(condition, self.links)]

    def of_kind(self, *kinds: ResultKind) -> list[LinkResult]:
        """Returns the links to which one of these things was done."""
        return self.select(lambda link: link.kind in kinds)
