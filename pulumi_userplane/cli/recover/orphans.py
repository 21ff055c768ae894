"""Finds orphaned links: live links that a stack's runs have created and that its state does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pulumi_userplane.cli.recover.pending import list_pending
from pulumi_userplane.cli.settings import inform
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.journal import open_journal
from pulumi_userplane.recovery.ownership import mark_in, parse_owner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.cli.recover.pending import PendingCreation
    from pulumi_userplane.cli.stack import Stack
    from pulumi_userplane.recovery.ownership import ResourceRef
    from pulumi_userplane.recovery.state_reader import Resource


@dataclass(frozen=True)
class OrphanedLink:
    """A live link with a mark of the stack that no state holds.

    Attributes:
        link: The link as just listed.
        workspace_id: Where it is.
        mark: The ownership mark under which it was created.
        owner: The resource that it was created for.
        stack: The stack of that resource.
        managed_by: The resource with this mark, when the state holds another link for it.
        creation: The pending creation with this mark, if the state has one.
    """

    link: Link
    workspace_id: str
    mark: str
    owner: ResourceRef
    stack: Stack
    managed_by: Resource | None
    creation: PendingCreation | None = None

    @property
    def name(self) -> str:
        """The name of the resource that it was created for."""
        return self.owner.own_name

    @property
    def parent_types(self) -> str:
        """The types of the components that the resource was in, joined by `$`; empty if it was in none."""
        return self.owner.parents

    @property
    def is_predecessor(self) -> bool:
        """Whether the state's link for this resource was created later than this one."""
        return self.managed_by is not None and self.link.created_at <= (self.managed_by.text("created_at") or "")

    @property
    def cause(self) -> str:
        """What has orphaned it, in words."""
        if self.managed_by is None and self.creation:
            return f"created for the resource {self.name} by an interrupted run{self._doubt}"
        if self.managed_by is None:
            return f"created for the resource {self.name}: by an interrupted run, or kept on purpose{self._doubt}"
        if self.is_predecessor:
            return f"earlier link of {self.name}, which now has {self.managed_by.id}; perhaps kept on purpose"
        return (
            f"created later than {self.managed_by.id}, which the state holds for {self.name}: by a run that was "
            f"interrupted while it replaced {self.managed_by.id}, or by one of two runs at the same time"
        )

    @property
    def _doubt(self) -> str:
        """Who else may hold it: a program may name the mark of a resource of another stack."""
        marked = parse_owner(self.mark)
        if marked is None or marked.project_and_stack == self.owner.project_and_stack:
            return ""
        return f"; or {marked.project_and_stack} holds it, which its mark names: give that state, too, with --state"

    @property
    def link_types(self) -> set[str]:
        """The types that its resource may have; several when the state has links of several types."""
        return {self.creation.resource.type} if self.creation else self.stack.link_types

    @property
    def import_obstacle(self) -> str:
        """Why no import file can bring it in, in words; empty if one can."""
        if len(self.link_types) > 1:
            return "the state has links of Python's dynamic provider and of the plugin"
        if self.parent_types and len(self.find_parent_urns()) != 1:
            return f"the state does not have exactly one {self.parent_types}"
        return ""

    @property
    def is_importable(self) -> bool:
        """Whether the state lacks its resource, and tells what the resource is and where it belongs."""
        return self.managed_by is None and not self.import_obstacle

    def find_parent_urns(self) -> list[str]:
        """Returns the URNs of what may be the parent; several when the state holds several such components."""
        types = {
            resource.urn: ownership.type_chain(resource.urn) for resource in self.stack.resources if not resource.delete
        }
        if self.creation and self.creation.resource.parent in types:
            return [self.creation.resource.parent]
        # Marks that were created earlier have the nearest type alone.
        return [urn for urn, chain in types.items() if chain == self.parent_types] or [
            urn for urn, chain in types.items() if ownership.nearest_type(chain) == self.parent_types
        ]


def list_journaled_workspaces(client: Client, stacks: Collection[Stack]) -> set[str]:
    """Returns the workspaces where the journal of this machine has entries of interrupted runs of these stacks."""
    journal = open_journal(client.shared_file, client.limit_store, inform)
    return {entry.workspace_id for stack in stacks for entry in journal.find_by_stack(stack.project, stack.name)[0]}


def find_orphans(client: Client, stacks: Collection[Stack], workspace_id: str) -> Iterator[OrphanedLink]:
    """Yields the orphaned links of these stacks in one workspace, the oldest first.

    A link is not orphaned while a run of this machine creates it.

    Args:
        client: The account.
        stacks: Whose links; what any of them holds is not orphaned.
        workspace_id: Where to look.
    """
    pending = {creation.mark: creation for creation in list_pending(stacks) if creation.mark}
    known_ids = {link_id for stack in stacks for link_id in stack.ids}
    journal = open_journal(client.shared_file, client.limit_store, inform)
    journaled: dict[str | None, str] = {}
    for stack in stacks:
        abandoned, in_progress = journal.find_by_stack(stack.project, stack.name)
        known_ids.update(entry.link_id for entry in in_progress if entry.link_id)
        journaled.update({entry.link_id: entry.reference for entry in abandoned})
    for mark in pending:
        # A program's own mark need not name its stack.
        journaled.update({entry.link_id: entry.reference for entry in journal.find_interrupted(mark)})
    stacks_by_name = {(stack.project, stack.name): stack for stack in stacks}
    for link in client.list_links(workspace_id):
        # A PUT may have replaced the reference; then only the journal entry knows whose link it is.
        mark = mark_in(link.link_provider_ref) or mark_in(journaled.get(link.link_id)) or ""
        creation = pending.get(mark)
        owner = creation.owner if creation else parse_owner(mark)
        owning_stack = stacks_by_name.get((owner.project, owner.stack)) if owner else None
        if owner and owning_stack and link.link_id not in known_ids:
            yield OrphanedLink(link, workspace_id, mark, owner, owning_stack, _find_manager(stacks, mark), creation)


def _find_manager(stacks: Collection[Stack], mark: str) -> Resource | None:
    """Returns the link in the state whose resource has this mark now, else the one that was created under it."""
    links = [
        (stack, resource)
        for stack in stacks
        for resource in stack.resources
        if resource.is_managed_link and resource.id
    ]
    by_name = (resource for stack, resource in links if stack.mark_of(resource) == mark)
    by_mark = (resource for _, resource in links if resource.text("mark") == mark)
    return next(chain(by_name, by_mark), None)
