"""The arguments of a recording link: as an object, as a dictionary or as keywords."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Optional

import pulumi
from typing_extensions import NotRequired, TypedDict

from pulumi_userplane.property_names import nearest_hint


@dataclass(kw_only=True)
class RecordingLinkArgs:
    """The arguments of a recording link.

    The arguments that a program gives are managed fields. An argument that is left out is never sent and never
    compared. `""` clears a text, `{}` empties `meta`. Another `workspace_id`, `domain_id` or `project_id` replaces the
    link: the new one has another address.

    Limits: https://docs.userplane.io/api/links/create-link and https://docs.userplane.io/api/links/update-link.
    """

    domain_id: pulumi.Input[str]
    """The id of the domain of the link's address. A new link needs a verified domain."""

    workspace_id: Optional[pulumi.Input[str]] = None
    """The id of the link's workspace. Left out: the workspace of the settings."""

    project_id: Optional[pulumi.Input[str]] = None
    """The id of the link's project. Left out: the default project of the workspace."""

    link_title: Optional[pulumi.Input[str]] = None
    """The title. At most 255 characters."""

    link_reusable: Optional[pulumi.Input[bool]] = None
    """True: the link takes any number of recordings. False, the server's default: it works for one recording only."""

    link_provider_type: Optional[pulumi.Input[str]] = None
    """The tool in which the link is used: one of 28 words such as `zendesk` (`pulumi_userplane.api.PROVIDER_TYPES`), or
    one of the setting `extra_provider_types`."""

    link_provider_id: Optional[pulumi.Input[str]] = None
    """An id in that tool. At most 255 characters."""

    link_provider_ref: Optional[pulumi.Input[str]] = None
    """A reference in that tool. At most 2048 characters. Left out: a new link keeps its ownership mark there."""

    meta: Optional[pulumi.Input[Mapping[str, Any]]] = None
    """A map of your own. At most 64 KiB as JSON. Userplane's own client uses texts as values."""

    adopt: Optional[pulumi.Input[str]] = None
    """The id or an address of an existing link to take over instead of creating one. Remove it after the first `up`."""

    mark: Optional[pulumi.Input[str]] = None
    """The ownership mark of a new link. Left out: `pulumi:<project>/<stack>/<name>`. `""`: no mark."""


class RecordingLinkArgsDict(TypedDict):
    """The arguments of a recording link as a dictionary or as keywords; `RecordingLinkArgs` describes each."""

    domain_id: pulumi.Input[str]
    workspace_id: NotRequired[Optional[pulumi.Input[str]]]
    project_id: NotRequired[Optional[pulumi.Input[str]]]
    link_title: NotRequired[Optional[pulumi.Input[str]]]
    link_reusable: NotRequired[Optional[pulumi.Input[bool]]]
    link_provider_type: NotRequired[Optional[pulumi.Input[str]]]
    link_provider_id: NotRequired[Optional[pulumi.Input[str]]]
    link_provider_ref: NotRequired[Optional[pulumi.Input[str]]]
    meta: NotRequired[Optional[pulumi.Input[Mapping[str, Any]]]]
    adopt: NotRequired[Optional[pulumi.Input[str]]]
    mark: NotRequired[Optional[pulumi.Input[str]]]


def parse_args(
    positional: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[dict[str, Any], Optional[pulumi.ResourceOptions]]:
    """Returns the arguments that a declaration gives, and its options.

    Args:
        positional: What follows the resource's name by position.
        keywords: What follows it by name.

    Raises:
        TypeError: An argument is unknown or of the wrong type.
    """
    if len(positional) > 2:
        raise TypeError(f"RecordingLink takes an args object and options by position, not {len(positional)} arguments")
    given = {**dict(zip(("args", "opts"), positional, strict=False)), **keywords}
    if isinstance(given.get("args"), pulumi.ResourceOptions):
        given["opts"] = given.pop("args")
    args, opts = given.pop("args", None), given.pop("opts", None)
    if isinstance(args, RecordingLinkArgs):
        args = {field.name: getattr(args, field.name) for field in fields(args)}
    if not isinstance(args, (Mapping, type(None))):
        raise TypeError(f"RecordingLink takes RecordingLinkArgs, a dictionary or keywords, not {type(args).__name__}")
    declared = {**(args or {}), **given}
    known = [field.name for field in fields(RecordingLinkArgs)]
    for key in sorted(set(declared) - set(known)):
        raise TypeError(f"RecordingLink has no argument {key!r}{nearest_hint(key, known)}")
    return {key: value for key, value in declared.items() if value is not None}, opts
