"""What a review knows: which links change, what was changed outside Pulumi, what else the preview does."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Mask(Enum):
    """What stands for a value that can't be shown."""

    ABSENT = "absent"
    SECRET = "secret"  # noqa: S105 - the word, not one
    UNKNOWN = "unknown"


class Severity(str, Enum):
    """How serious a change is for those who hold the links' addresses; the values are those of `--format json`."""

    NONE = "none"
    CHANGE = "change"
    ADDRESS_DIES = "address dies"


def find_worst(severities: Iterable[Severity]) -> Severity:
    """Returns the worst severity; without any, that nothing changes."""
    return max(severities, key=list(Severity).index, default=Severity.NONE)


class FieldChangeKind(str, Enum):
    """How a field changes; the values are those of `--format json`."""

    SET = "set"
    CHANGED = "changed"
    CLEARED = "cleared"
    NO_LONGER_MANAGED = "no longer managed"
    NOW_MANAGED = "now managed"


@dataclass(frozen=True)
class FieldChange:
    """A change of one field of a link, or of one key of its `meta`.

    Attributes:
        path: The field, or `meta.<key>`.
        kind: How it changes.
        before: Its value now: JSON, or a `Mask`.
        after: Its value after the `up`.
        is_drifted: Whether the field is no longer managed and keeps a value that was set outside Pulumi.
    """

    path: str
    kind: FieldChangeKind
    before: Any
    after: Any
    is_drifted: bool = False


class LinkChangeKind(str, Enum):
    """What happens to a link, the most important for customers first; the values are those of `--format json`."""

    REPLACED = "replaced"
    DELETED = "deleted"
    RECREATED = "returns"
    RETAINED = "released"
    TAKEN_OVER = "moved"
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
        fields: The fields that change.
        address: The address before the change.
        reasons: For a replacement, the properties and resource options that cause it.
        options: For a replacement, by the reason, the resource option by which the program asks for it.
        replaced_first: For a replacement, the names of the resources whose replacement causes it.
        retained_by: The option by which Pulumi sends no DELETE for the old link: `retain_on_delete` or `deleted_with`.
        deleted_with: For `deleted_with`, the name of the resource that is deleted.
        may_be_deleted_with: Whether the deletion of that resource may delete the old link as well.
        shared_with: The name of another resource that holds the same link and keeps it.
        is_uncertain: Whether the replacement may not happen, since a value decides that is not known yet.
        is_already_deleted: Whether an earlier `up` deleted the link and created no new one.
        is_from_earlier_replacement: Whether it is the old link of an earlier replacement.
        is_replaced_by_lookup: Whether the program only looks up another link under the same name.
        changes_provider: Whether it moves from the dynamic provider to the plugin, or back.
        loses_protection: Whether `protect` is taken off.
        ignores_protection: Whether it happens although `protect` is on.
        other: The link that is adopted, as the program names it; or the name of the resource that takes the link over,
            or of a new one that declares the same as the deleted one.
        other_owner: For an adoption, the resource of another stack that the link's mark names.
        drift: What was done to the link outside Pulumi.
    """

    urn: str
    name: str
    title: str | None
    kind: LinkChangeKind
    fields: tuple[FieldChange, ...] = ()
    address: str | None = None
    reasons: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    replaced_first: tuple[str, ...] = ()
    retained_by: str | None = None
    deleted_with: str | None = None
    may_be_deleted_with: bool = False
    shared_with: str | None = None
    is_uncertain: bool = False
    is_already_deleted: bool = False
    is_from_earlier_replacement: bool = False
    is_replaced_by_lookup: bool = False
    changes_provider: bool = False
    loses_protection: bool = False
    ignores_protection: bool = False
    other: str | None = None
    other_owner: str | None = None
    drift: LinkDrift | None = None

    @property
    def is_state_only(self) -> bool:
        """Whether nothing is sent: only what Pulumi manages changes."""
        silent = {FieldChangeKind.NO_LONGER_MANAGED, FieldChangeKind.NOW_MANAGED}
        return self.kind is LinkChangeKind.UPDATED and all(change.kind in silent for change in self.fields)

    @property
    def keeps_old_link(self) -> bool:
        """Whether the old link lives on for certain."""
        return self.shared_with is not None or (self.retained_by is not None and not self.may_be_deleted_with)

    @property
    def removes_address(self) -> bool:
        """Whether an address that works now stops working, or may stop."""
        is_removal = self.kind in {LinkChangeKind.DELETED, LinkChangeKind.REPLACED}
        return is_removal and not (self.keeps_old_link or self.is_already_deleted)

    @property
    def may_keep_address(self) -> bool:
        """Whether the address that may stop working may also go on."""
        return self.removes_address and (self.is_uncertain or self.may_be_deleted_with)


class DriftOutcome(str, Enum):
    """What the previewed `up` does to a field that was changed outside Pulumi; the values are those of the JSON."""

    PUT_BACK = "put back"
    OVERWRITTEN = "overwritten"
    DECLARED = "declared"
    LEFT = "left"
    UNTOUCHED = "untouched"


class DeletionOutcome(Enum):
    """What the previewed `up` does about a link that was deleted outside Pulumi; the values are those of the JSON."""

    RECREATED = "a new link"
    OTHER_LINK = "its resource takes over another link"
    FAILS = "the up fails"
    UNKNOWN = "not told"


@dataclass(frozen=True)
class FieldDrift:
    """A field that was changed outside Pulumi: recorded value, live value, and what the `up` does to it."""

    change: FieldChange
    outcome: DriftOutcome = DriftOutcome.UNTOUCHED


@dataclass(frozen=True)
class LinkDrift:
    """What happened to one link outside Pulumi.

    Attributes:
        urn: The resource.
        name: Its name in the program.
        title: The title as recorded.
        address: Its address.
        link_id: Its id.
        is_deleted: Whether it was deleted.
        deletion_outcome: What the `up` does about it, if it was deleted.
        fields: The fields that were changed, if it lives.
    """

    urn: str
    name: str
    title: str | None
    address: str | None
    link_id: str
    is_deleted: bool
    deletion_outcome: DeletionOutcome = DeletionOutcome.UNKNOWN
    fields: tuple[FieldDrift, ...] = ()

    @property
    def is_put_back(self) -> bool:
        """Whether the `up` undoes a change."""
        return any(drift.outcome is DriftOutcome.PUT_BACK for drift in self.fields)


@dataclass(frozen=True, order=True)
class OtherChanges:
    """The resources of one type, other than links, to which the same is done."""

    op: str
    type: str
    count: int


@dataclass(frozen=True)
class Review:
    """What a review knows.

    Attributes:
        stack: Project and stack.
        has_preview: Whether a preview was read, not only the drift.
        is_refreshed: Whether that preview read the live links first.
        knows_drift: Whether anything was read that shows changes from outside Pulumi.
        changes: The links that change.
        drift: The links that were changed or deleted outside Pulumi.
        unnamed_deletions: How many more resources were deleted outside Pulumi and are no longer in the program.
        are_unnamed_links: Whether those are links for certain.
        others: What the preview does to other resources.
        drifted_others: How many other resources were changed or deleted outside Pulumi.
        links: How many links there are.
        are_all_links: Whether that is all of the stack's, not only those that the preview shows.
        location_names: By their ids the addresses of domains and the titles of projects, as far as known.
        is_of_plugin: Whether all links are the plugin's: their programs write names in camel case.
    """

    stack: tuple[str, str]
    has_preview: bool
    is_refreshed: bool
    knows_drift: bool
    changes: tuple[LinkChange, ...] = ()
    drift: tuple[LinkDrift, ...] = ()
    unnamed_deletions: int = 0
    are_unnamed_links: bool = True
    others: tuple[OtherChanges, ...] = ()
    drifted_others: int = 0
    links: int = 0
    are_all_links: bool = False
    location_names: Mapping[str, str] = field(default_factory=dict)
    is_of_plugin: bool = False

    def of_kind(self, kind: LinkChangeKind) -> list[LinkChange]:
        """Returns the links to which this happens."""
        return [change for change in self.changes if change.kind is kind]

    def find_removals(self, kind: LinkChangeKind) -> list[LinkChange]:
        """Returns the links of this kind whose address stops working, or may."""
        return [change for change in self.of_kind(kind) if change.removes_address]

    @property
    def removes_addresses(self) -> bool:
        """Whether an address that works now stops working, or may."""
        return any(change.removes_address for change in self.changes)

    @property
    def severity(self) -> Severity:
        """How serious the change is; drift counts as a change, also where the `up` leaves it alone."""
        if self.removes_addresses:
            return Severity.ADDRESS_DIES
        return Severity.CHANGE if self.changes or self.drift or self.unnamed_deletions else Severity.NONE

    @property
    def unnamed_link_deletions(self) -> int:
        """How many links were deleted outside Pulumi for certain, without a step that names them."""
        return self.unnamed_deletions if self.are_unnamed_links else 0
