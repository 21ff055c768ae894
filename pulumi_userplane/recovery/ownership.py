"""Says and reads who made a link: a new link's reference is `<mark>#<8 hex>`, and the mark names the resource."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(r"(?P<mark>.+)#[0-9a-f]{8}", re.DOTALL)
_OF_A_RESOURCE = re.compile(r"pulumi:(?P<project>[^/]+)/(?P<stack>[^/]+)/(?P<name>.+)", re.DOTALL)
_TYPE = r"[\w./-]+(?::[\w./-]*)?:[\w./-]+"
_OF_A_CHILD = re.compile(rf"(?P<parents>{_TYPE}(?:\${_TYPE})*)\$(?P<name>.+)", re.DOTALL)
_STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class ResourceRef:
    """A resource, as a mark names it.

    Attributes:
        project: The project of its program.
        stack: The stack, without an organisation.
        name: The resource's name; of a child behind the types of all its parents, as in its URN: `a:b:A$a:b:B$name`.
    """

    project: str
    stack: str
    name: str

    def __str__(self) -> str:
        return f"{self.project}/{self.stack}/{self.name}"


def prefix(project: str, stack: str) -> str:
    """Returns how the marks of a stack's links begin; neither name can hold a slash."""
    return f"pulumi:{project}/{stack}/"


def parent_types(urn: str) -> str:
    """Returns the types of a resource and all its parents as its URN has them, joined by `$`; empty for the stack."""
    [_, _, joined, *_] = [*urn.split("::"), "", ""]
    return "$".join(each for each in joined.split("$") if each != _STACK)


def resource_name(urn: str) -> str:
    """Returns the name that a resource has in the program."""
    return urn.split("::", 3)[-1]


def owned_name(parents: str, name: str) -> str:
    """Returns a resource's name as its mark says it.

    Args:
        parents: The types of its parents, joined by `$`; empty if it has none.
        name: Its name in the program.
    """
    return f"{parents}${name}" if parents else name


def split_parents(owned: str) -> tuple[str, str]:
    """Returns the types of the parents, joined by `$` (empty if there are none), and the resource's own name."""
    child = _OF_A_CHILD.fullmatch(owned)
    return (child["parents"], child["name"]) if child else ("", owned)


def shorten(owned: str) -> str:
    """Returns the name as links that were made earlier have it in their marks: with the nearest parent's type alone."""
    parents, name = split_parents(owned)
    return owned_name(parents.rpartition("$")[2], name)


def mark_in(reference: str | None) -> str | None:
    """Returns the mark in a link's reference, or None where a creation has not given it."""
    made = _REFERENCE.fullmatch(reference or "")
    return made["mark"] if made else None


def parse_owner(mark: str | None) -> ResourceRef | None:
    """Returns the resource that a mark names, or None for a mark that the program chose itself."""
    named = _OF_A_RESOURCE.fullmatch(mark or "")
    return ResourceRef(**named.groupdict()) if named else None


def is_same_resource(made_by: str, mark: str | None) -> bool:
    """Returns whether a link that was made under one mark was made for the resource that has the other one now."""
    who = parse_owner(mark)
    return made_by == mark or (who is not None and made_by == prefix(who.project, who.stack) + shorten(who.name))
