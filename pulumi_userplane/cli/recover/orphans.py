"""Finds the live links that a stack's runs have made and that its state does not hold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.timestamps import parse_timestamp
from pulumi_userplane.cli import pulumi_import
from pulumi_userplane.recovery import journal, ownership
from pulumi_userplane.recovery.ownership import mark_in, parse_owner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pulumi_userplane.api import Client, Link
    from pulumi_userplane.cli.stack import Stack
    from pulumi_userplane.recovery.ownership import ResourceRef
    from pulumi_userplane.recovery.state_reader import Resource


@dataclass(frozen=True)
class LeftLink:
    """A live link that no state holds.

    Attributes:
        link: The link as just listed.
        workspace_id: Where it is.
        mark: Under which mark it was made.
        owner: The resource that the mark names.
        stack: The stack of that resource.
        holder: The resource with this mark, when the state holds another link for it.
    """

    link: Link
    workspace_id: str
    mark: str
    owner: ResourceRef
    stack: Stack
    holder: Resource | None

    @property
    def name(self) -> str:
        """The name of the resource that it was made for."""
        return self.owner.own_name

    @property
    def parent_types(self) -> str:
        """The types of the components that the resource was in, joined by `$`; empty if it was in none."""
        return self.owner.parents

    @property
    def is_earlier(self) -> bool:
        """Whether the state's link for this resource was made later than this one."""
        return self.holder is not None and self.link.created_at <= (self.holder.text("created_at") or "")

    @property
    def what(self) -> str:
        """What it is, in the words of the list."""
        if self.holder is None:
            return f"left by a killed run of {self.name}"
        if self.is_earlier:
            return f"earlier link of {self.name}, which now has {self.holder.id}; perhaps kept on purpose"
        return (
            f"made later than {self.holder.id}, which the state holds for {self.name}: "
            f"by a run that was killed while it replaced {self.holder.id}, or by one beside another"
        )

    @property
    def is_pending(self) -> bool:
        """Whether the state says of its resource that it is being created."""
        return any(each.text("mark") == self.mark for each in self.stack.creating)

    def parents(self) -> list[str]:
        """Returns the URNs of what may be the parent; several when the state holds several such components."""
        types = {each.urn: ownership.type_chain(each.urn) for each in self.stack.resources if not each.delete}
        # Marks that were made earlier have the nearest type alone.
        return [urn for urn, chain in types.items() if chain == self.parent_types] or [
            urn for urn, chain in types.items() if ownership.nearest_type(chain) == self.parent_types
        ]


def noted_places(client: Client, stacks: Collection[Stack]) -> set[str]:
    """Returns the workspaces where runs of these stacks have been killed on this machine."""
    notes_of_dead = [
        note for stack in stacks for note in journal.for_stack(client.shared_file, stack.project, stack.name)[0]
    ]
    return {note.workspace_id for note in notes_of_dead}


def find(client: Client, stacks: Collection[Stack], workspace_id: str) -> Iterator[LeftLink]:
    """Yields what the runs of these stacks have left in one workspace, the oldest first.

    Args:
        client: The account.
        stacks: Whose links; what any of them holds is not left.
        workspace_id: Where to look.
    """
    held = {link_id for stack in stacks for link_id in stack.ids}
    noted: dict[str | None, str] = {}
    for stack in stacks:
        dead, busy = journal.for_stack(client.shared_file, stack.project, stack.name)
        held.update(note.link_id for note in busy if note.link_id)
        noted.update({note.link_id: note.reference for note in dead})
    by_names = {(stack.project, stack.name): stack for stack in stacks}
    for link in client.list_links(workspace_id):
        # A PUT may have replaced the reference; then only the note knows whose link it is.
        mark = mark_in(link.link_provider_ref) or mark_in(noted.get(link.link_id)) or ""
        owner = parse_owner(mark)
        stack_of_owner = by_names.get((owner.project, owner.stack)) if owner else None
        if owner and stack_of_owner and link.link_id not in held:
            yield LeftLink(link, workspace_id, mark, owner, stack_of_owner, _holder(stacks, mark))


def is_older(client: Client, left: LeftLink, seconds: float) -> bool:
    """Returns whether a link is old enough by the server's clock; a younger one may belong to a run that goes on."""
    made = parse_timestamp(left.link.created_at)
    now = client.server_time(time.monotonic())
    return seconds == 0 or made is None or made < (time.time() if now is None else now) - seconds


def imported(found: Collection[LeftLink], server: str) -> dict[str, Any]:
    """Returns the content of a file for `pulumi import --file`: the links that can be told to be one resource each."""
    table: dict[str, str] = {}
    resources = []
    for left in importable(found):
        entry = pulumi_import.build_entry(left.link, left.name, left.mark, left.workspace_id, server)
        if left.parent_types:
            [urn] = left.parents()
            alias = f"parent{len(table)}"
            table[alias] = urn
            entry["parent"] = alias
        resources.append(entry)
    return {"nameTable": table, "resources": resources}


def importable(found: Collection[LeftLink]) -> list[LeftLink]:
    """Returns of each resource that the state lacks the newest link, if its place in the state is known."""
    newest = {left.mark: left for left in sorted(found, key=lambda left: left.link.created_at)}
    return [
        left for left in newest.values() if left.holder is None and (not left.parent_types or len(left.parents()) == 1)
    ]


def _holder(stacks: Collection[Stack], mark: str) -> Resource | None:
    """The link in the state whose resource has this mark now, else the one that was made under it."""
    links = [(stack, each) for stack in stacks for each in stack.resources if each.is_managed_link and each.id]
    named = (each for stack, each in links if stack.mark_of(each) == mark)
    made = (each for _, each in links if each.text("mark") == mark)
    return next(chain(named, made), None)
