"""Makes and reads ownership marks: a new link's reference is `<mark>#<8 hex>`, and the mark names its resource.

No other module knows this format: `pulumi:<project>/<stack>/<name>`, where the name of a child follows the types of all
its parents, joined by `$` as in its URN. A parent that is a link has the dynamic type there, also the plugin's: a stack
that moves from one to the other keeps its marks.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from pulumi_userplane.api.constants import PROVIDER_REF_LIMIT
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE

_RANDOM_BYTES = 4
MAX_LENGTH = PROVIDER_REF_LIMIT - len("#") - 2 * _RANDOM_BYTES
"""How long a mark may be, so that its reference fits into the link's field."""

_REFERENCE = re.compile(rf"(?P<mark>.+)#[0-9a-f]{{{2 * _RANDOM_BYTES}}}", re.DOTALL)
_OWNER = re.compile(r"pulumi:(?P<project>[^/]+)/(?P<stack>[^/]+)/(?P<name>.+)", re.DOTALL)
_TYPE = r"[\w./-]+(?::[\w./-]*)?:[\w./-]+"
_CHILD = re.compile(rf"(?P<parents>{_TYPE}(?:\${_TYPE})*)\$(?P<name>.+)", re.DOTALL)
_STACK_TYPE = "pulumi:pulumi:Stack"


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

    @property
    def parents(self) -> str:
        """The types of its parents, joined by `$`; empty if it has none."""
        child = _CHILD.fullmatch(self.name)
        return child["parents"] if child else ""

    @property
    def own_name(self) -> str:
        """The name that the program gives it, without its parents' types."""
        child = _CHILD.fullmatch(self.name)
        return child["name"] if child else self.name

    @property
    def project_and_stack(self) -> str:
        """The stack, as `--from` and messages name it: `<project>/<stack>`."""
        return f"{self.project}/{self.stack}"

    def __str__(self) -> str:
        return f"{self.project_and_stack}/{self.name}"


def make(project: str, stack: str, name: str, parents: str = "") -> str:
    """Returns the mark of a resource whose program declares none.

    Args:
        project: The project of its program.
        stack: The stack, without an organisation.
        name: The resource's name in the program.
        parents: The types of its parents, joined by `$`; empty if it has none.
    """
    return prefix(project, stack) + qualify_name(name, parents)


def make_for_urn(urn: str) -> str:
    """Returns the mark of a resource whose program declares none, from its URN."""
    stack, project, *_ = [*urn.removeprefix("urn:pulumi:").split("::"), ""]
    return make(project, stack, resource_name(urn), parent_types(urn))


def is_of_stack(mark: str, project: str, stack: str) -> bool:
    """Returns whether a mark is one of a stack's resources."""
    return mark.startswith(prefix(project, stack))


def prefix(project: str, stack: str) -> str:
    """Returns how the marks of a stack's links begin; neither name can hold a slash."""
    return f"pulumi:{project}/{stack}/"


def new_reference(mark: str) -> str:
    """Returns the reference of one POST: the mark and random digits, different each time."""
    return f"{mark}#{secrets.token_hex(_RANDOM_BYTES)}"


def mark_in(reference: str | None) -> str | None:
    """Returns the mark in a link's reference, or None where no creation of this provider has set it."""
    match = _REFERENCE.fullmatch(reference or "")
    return match["mark"] if match else None


def parse_owner(mark: str | None) -> ResourceRef | None:
    """Returns the resource that a mark names, or None for a mark that the program chose itself."""
    match = _OWNER.fullmatch(mark or "")
    return ResourceRef(**match.groupdict()) if match else None


def is_same_resource(recorded: str, mark: str | None) -> bool:
    """Returns whether a link that was created under one mark belongs to the resource that now has the other one."""
    owner = parse_owner(mark)
    return recorded == mark or (
        owner is not None and recorded == prefix(owner.project, owner.stack) + legacy_name(owner.name)
    )


def is_same_stack(mark: str | None, other: str | None) -> bool:
    """Returns whether both marks name resources of one stack."""
    owner, other_owner = parse_owner(mark), parse_owner(other)
    return owner is not None and other_owner is not None and owner.project_and_stack == other_owner.project_and_stack


def max_name_length(mark: str, name: str) -> int | None:
    """Returns how long a resource's name may be in this mark, or None if the mark does not end with the name."""
    return max(MAX_LENGTH - len(mark) + len(name), 0) if mark.endswith(name) else None


def qualify_name(name: str, parents: str) -> str:
    """Returns a resource's name as its mark has it.

    Args:
        name: Its name in the program.
        parents: The types of its parents, joined by `$`; empty if it has none.
    """
    return f"{parents}${name}" if parents else name


def legacy_name(qualified: str) -> str:
    """Returns a name as in the marks of earlier links: with the type of the nearest parent alone."""
    child = _CHILD.fullmatch(qualified)
    return qualify_name(child["name"], nearest_type(child["parents"])) if child else qualified


def resource_name(urn: str) -> str:
    """Returns the name that a resource has in the program."""
    return urn.split("::", 3)[-1]


def type_chain(urn: str) -> str:
    """Returns the types of a resource and all its parents, joined by `$` as in marks; empty for the stack."""
    [_, _, types, *_] = [*urn.split("::"), "", ""]
    return join_types(*types.split("$"))


def parent_types(urn: str) -> str:
    """Returns the types of all parents of a resource, joined by `$`; empty if it has none."""
    return type_chain(urn).rpartition("$")[0]


def nearest_type(types: str) -> str:
    """Returns the last of joined types: that of the resource itself, or of the nearest parent."""
    return types.rpartition("$")[2]


def join_types(*types: str) -> str:
    """Returns types, the outermost first, as one text as in marks; the stack's and empty ones are left out."""
    names = (LINK_TYPE if name == PLUGIN_LINK_TYPE else name for name in types)
    return "$".join(name for name in names if name not in {"", _STACK_TYPE})
