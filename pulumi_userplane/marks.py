"""Reads who made a link: a new link's reference is `<mark>#<8 hex>`, and the mark names the resource."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(r"(?P<mark>.+)#[0-9a-f]{8}", re.DOTALL)
_OF_A_RESOURCE = re.compile(r"pulumi:(?P<project>[^/]+)/(?P<stack>[^/]+)/(?P<name>.+)", re.DOTALL)


@dataclass(frozen=True)
class Maker:
    """A resource, as a mark names it.

    Attributes:
        project: The project of its program.
        stack: The stack, without an organisation.
        name: The resource's name, behind its parent's type and a `$` if it is in a component.
    """

    project: str
    stack: str
    name: str

    def __str__(self) -> str:
        return f"{self.project}/{self.stack}/{self.name}"


def mark_of(reference: str | None) -> str | None:
    """Returns the mark in a link's reference, or None where a creation has not given it."""
    made = _REFERENCE.fullmatch(reference or "")
    return made["mark"] if made else None


def maker(mark: str | None) -> Maker | None:
    """Returns the resource that a mark names, or None for a mark that the program chose itself."""
    named = _OF_A_RESOURCE.fullmatch(mark or "")
    return Maker(**named.groupdict()) if named else None
