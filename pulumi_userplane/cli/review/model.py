"""What a review knows: the links that change, what changed outside, what else the preview does."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Mask(Enum):
    """What stands where a value can't be shown."""

    ABSENT = "absent"
    SECRET = "secret"  # noqa: S105 - the word, not one
    UNKNOWN = "unknown"


class How(str, Enum):
    """How a field changes."""

    SET = "set"
    CHANGED = "changed"
    CLEARED = "cleared"
    NO_LONGER_MANAGED = "no longer managed"
    NOW_MANAGED = "now managed"


@dataclass(frozen=True)
class FieldChange:
    """One field of a link, or one key of its `meta`.

    Attributes:
        path: The field, or `meta.<key>`.
        how: How it changes.
        before: Its value now, JSON or a `Mask`.
        after: Its value then.
        is_by_hand: Whether the value that it keeps, no longer managed, was edited by hand.
    """

    path: str
    how: How
    before: Any
    after: Any
    is_by_hand: bool = False


class Kind(str, Enum):
    """What happens to a link, the most important for customers first."""

    REPLACED = "replaced"
    DELETED = "deleted"
    RETURNS = "returns"
    RELEASED = "released"
    MOVED = "moved"
    ADOPTED = "adopted"
    CREATED = "created"
    UPDATED = "updated"


@dataclass(frozen=True)
class LinkChange:
    """What the preview does to one link.

    Attributes:
        urn: The resource.
        name: Its name in the program.
        title: The link's title, if there is one that may be shown.
        kind: What happens.
        fields: What changes of it.
        address: The address that it has so far.
        reasons: For a replacement, the properties that ask for it, and the options that do so themselves.
        options: For a replacement, the resource option by which the program asks for it, by the reason.
        replaced_first: For a replacement, the names of the resources that it follows: they are replaced before it.
        keeper: The option by which Pulumi sends no DELETE for the old link: `retain_on_delete` or `deleted_with`.
        goes_with: For `deleted_with`, the resource that leaves as well.
        may_end: Whether that one's end may be the end of the old link as well.
        shared_with: The resource that holds the same link and keeps it.
        is_uncertain: Whether it may turn out that the link is not replaced: a value that is not known yet decides, or
            whether this machine has just made it.
        is_dead: Whether an earlier `up` has deleted it, and made no new one.
        is_leftover: Whether it is the old link of an earlier replacement.
        is_looked_up: Whether the program has a look-up of another link in its place.
        is_unprotected: Whether `protect` is taken off.
        is_protected: Whether that happens although `protect` is in force.
        other: The link that is adopted as the program names it; or the resource that takes the link over, or that most
            likely is the deleted one under another name.
    """

    urn: str
    name: str
    title: str | None
    kind: Kind
    fields: tuple[FieldChange, ...] = ()
    address: str | None = None
    reasons: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    replaced_first: tuple[str, ...] = ()
    keeper: str | None = None
    goes_with: str | None = None
    may_end: bool = False
    shared_with: str | None = None
    is_uncertain: bool = False
    is_dead: bool = False
    is_leftover: bool = False
    is_looked_up: bool = False
    is_unprotected: bool = False
    is_protected: bool = False
    other: str | None = None

    @property
    def is_record_only(self) -> bool:
        """Whether nothing is sent: only what Pulumi manages changes."""
        silent = {How.NO_LONGER_MANAGED, How.NOW_MANAGED}
        return self.kind is Kind.UPDATED and all(each.how in silent for each in self.fields)

    @property
    def is_kept(self) -> bool:
        """Whether the old link lives on for certain."""
        return self.shared_with is not None or (self.keeper is not None and not self.may_end)

    @property
    def kills_address(self) -> bool:
        """Whether an address that works now stops working, or may stop."""
        return self.kind in {Kind.DELETED, Kind.REPLACED} and not (self.is_kept or self.is_dead)

    @property
    def may_kill_address(self) -> bool:
        """Whether an address that works now may stop working, or go on."""
        return self.kills_address and (self.is_uncertain or self.may_end)


class Fate(str, Enum):
    """What the previewed `up` does to a field that was changed outside."""

    PUT_BACK = "put back"
    OVERWRITTEN = "overwritten"
    DECLARED = "declared"
    LEFT = "left"
    UNTOUCHED = "untouched"


class Comeback(Enum):
    """What the previewed `up` makes of a link that was deleted by hand."""

    NEW_LINK = "a new link"
    OTHER_LINK = "its resource takes over another link"
    FAILS = "the up fails"
    UNTOLD = "not told"


@dataclass(frozen=True)
class FieldDrift:
    """One field that was changed outside: recorded value, live value, and what comes of it."""

    change: FieldChange
    fate: Fate = Fate.UNTOUCHED


@dataclass(frozen=True)
class LinkDrift:
    """What happened to one link outside Pulumi.

    Attributes:
        urn: The resource.
        name: Its name in the program.
        title: The title as recorded.
        address: Its address.
        link_id: Its id.
        is_gone: Whether it was deleted.
        comeback: What comes of it, if it was deleted.
        fields: What was changed, if it lives.
    """

    urn: str
    name: str
    title: str | None
    address: str | None
    link_id: str
    is_gone: bool
    comeback: Comeback = Comeback.UNTOLD
    fields: tuple[FieldDrift, ...] = ()


@dataclass(frozen=True, order=True)
class Others:
    """Resources of one type, other than links, to which the same is done."""

    op: str
    type: str
    count: int


@dataclass(frozen=True)
class Review:
    """All of it.

    Attributes:
        stack: Project and stack.
        has_preview: Whether a preview was read, not only the drift.
        is_refreshed: Whether that preview read the live links first.
        knows_drift: Whether anything was read that shows changes from outside.
        changes: The links that change.
        drift: What was changed or deleted outside.
        vanished: How many more resources were deleted outside, and are not in the program any more.
        are_vanished_links: Whether those are links for certain.
        others: What the preview does to other resources.
        drifted_others: Other resources that were changed or deleted outside.
        links: How many links there are.
        are_all_links: Whether that is all of the stack's, not only those that the preview shows.
        places: Addresses of domains and titles of projects by their ids, as far as known.
    """

    stack: tuple[str, str]
    has_preview: bool
    is_refreshed: bool
    knows_drift: bool
    changes: tuple[LinkChange, ...] = ()
    drift: tuple[LinkDrift, ...] = ()
    vanished: int = 0
    are_vanished_links: bool = True
    others: tuple[Others, ...] = ()
    drifted_others: int = 0
    links: int = 0
    are_all_links: bool = False
    places: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: Kind) -> list[LinkChange]:
        """Returns the links to which this happens."""
        return [each for each in self.changes if each.kind is kind]

    @property
    def killed(self) -> list[LinkChange]:
        """The links whose address stops working."""
        return [each for each in self.changes if each.kills_address]

    @property
    def vanished_links(self) -> int:
        """How many links were deleted outside for certain, without a name to it."""
        return self.vanished if self.are_vanished_links else 0
