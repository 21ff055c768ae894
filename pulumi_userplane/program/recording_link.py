"""RecordingLink: what a Pulumi program declares. No network and no key on this side."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Optional, TypeVar, Union, overload

import pulumi
from typing_extensions import NotRequired, Self, TypedDict, Unpack

from pulumi_userplane.diff import LONG_NAME, LOOKUP, UNVERIFIED
from pulumi_userplane.lifecycle.validation import nearest_hint
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.program.account import reject_plaintext_key
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.program_run import ProgramRun, current_program_run
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.recovery import ownership

T = TypeVar("T")


@pulumi.output_type
class LinkCreator(dict[str, Any]):
    """The member who made a link: the owner of the key that sent the POST."""

    workspace_member_id: str
    name: Optional[str]


@pulumi.output_type
class LinkProject(dict[str, Any]):
    """The project that a link is in."""

    project_id: str
    title: Optional[str]


@pulumi.output_type
class LinkDomain(dict[str, Any]):
    """The domain that a link's address is on; `status` is `pending`, `verified` or `revoked`."""

    domain_id: str
    url: str
    status: str


@dataclass(kw_only=True)
class RecordingLinkArgs:
    """What a program declares of a recording link.

    Only what is given is managed: an argument that is left out is never sent and never compared. `""` clears a text,
    `{}` empties `meta`. Limits: https://docs.userplane.io/api/links/create-link and .../update-link.
    """

    domain_id: pulumi.Input[str]
    """The verified domain that the address is on. Another one makes a new link with a new address."""

    workspace_id: Optional[pulumi.Input[str]] = None
    """Where the link is; left out, the settings' workspace. Another one makes a new link with a new address."""

    project_id: Optional[pulumi.Input[str]] = None
    """The project; left out, the workspace's default. Another one makes a new link with a new address."""

    link_title: Optional[pulumi.Input[str]] = None
    """At most 255 characters."""

    link_reusable: Optional[pulumi.Input[bool]] = None
    """True takes any number of recordings; False, the server's default, one, then the link stops working."""

    link_provider_type: Optional[pulumi.Input[str]] = None
    """The tool that the link is used in, one of 28 words such as `zendesk` (`pulumi_userplane.api.PROVIDER_TYPES`)."""

    link_provider_id: Optional[pulumi.Input[str]] = None
    """An id in that tool, at most 255 characters."""

    link_provider_ref: Optional[pulumi.Input[str]] = None
    """A reference in that tool, at most 2048 characters; left out, it keeps the mark."""

    meta: Optional[pulumi.Input[Mapping[str, Any]]] = None
    """Free map, at most 64 KiB as JSON; Userplane's own client uses texts as values."""

    adopt: Optional[pulumi.Input[str]] = None
    """The id or an address of an existing link, to take over instead of making one; remove it once it is applied."""

    mark: Optional[pulumi.Input[str]] = None
    """Says in a new link's reference who made it: left out, `pulumi:<project>/<stack>/<name>`; `""` for no mark."""


class RecordingLinkArgsDict(TypedDict):
    """`RecordingLinkArgs` as a dictionary or as keywords; see there for what each means."""

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


class RecordingLink(pulumi.dynamic.Resource, module="userplane", name="RecordingLink"):
    """A recording link: an address that a customer opens to record the screen for a team's workspace.

    Outputs are the link as Userplane last answered, managed fields or not.
    """

    link_id: pulumi.Output[str]
    """The link's id at Userplane; the same as the resource's `id`."""

    link_url: pulumi.Output[str]
    """The address that customers open. Anyone who has it can record through it."""

    link_type: pulumi.Output[str]
    """`recording` for links made through the API; `file`, `session` or `screenshot` for others."""

    created_at: pulumi.Output[str]
    """When it was made, in ISO 8601."""

    creator: pulumi.Output[LinkCreator]
    """The member who made it."""

    project: pulumi.Output[LinkProject]
    """The project that it is in, declared or not."""

    domain: pulumi.Output[LinkDomain]
    """The domain that its address is on, with the domain's status."""

    workspace_id: pulumi.Output[str]
    """The workspace that it is in."""

    domain_id: pulumi.Output[str]
    """The domain that its address is on."""

    project_id: pulumi.Output[Optional[str]]
    """The project as declared when the link was last written; `project` tells in any case."""

    link_title: pulumi.Output[Optional[str]]
    """The title, or None."""

    link_reusable: pulumi.Output[bool]
    """Whether it takes more than one recording."""

    link_provider_type: pulumi.Output[str]
    """The tool that it is used in."""

    link_provider_id: pulumi.Output[Optional[str]]
    """An id in that tool, or None."""

    link_provider_ref: pulumi.Output[Optional[str]]
    """A reference in that tool; for a link that declares none, the mark of the program that made it."""

    meta: pulumi.Output[Optional[Mapping[str, Any]]]
    """The free map, or None."""

    mark: pulumi.Output[Optional[str]]
    """Who made it, as declared or filled in; used at birth only."""

    @overload
    def __init__(
        self,
        resource_name: str,
        args: Union[RecordingLinkArgs, RecordingLinkArgsDict],
        opts: Optional[pulumi.ResourceOptions] = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: Optional[pulumi.ResourceOptions] = None,
        **declared: Unpack[RecordingLinkArgsDict],
    ) -> None: ...

    def __init__(self, resource_name: str, *positional: Any, **keywords: Any) -> None:
        """Declares a link.

        Args:
            resource_name: The name of this resource.
            positional: An args object or dictionary and the options, or only the options.
            keywords: The same by name (`args`, `opts`), or the fields of `RecordingLinkArgs`.

        Raises:
            TypeError: An argument is unknown or `domain_id` is missing.
            ProgramError: Another link of the program has the same mark or adopts the same link; `import_` names another
                link than `adopt`; an Output was written into the name; or the stack's configuration holds the API key
                in plaintext.
        """
        declared, opts = _parse_args(positional, keywords)
        if holds_output(resource_name):
            raise ProgramError(f"the name of a recording link {IS_IN_TEXT}; a name must be known at once")
        opts = _import_as_adopt(resource_name, declared, opts)
        reject_plaintext_key()
        if opts is not None and opts.id is not None:
            # No `check` sees a link that is only looked up.
            if holds_output([opts.id, *declared.values()]):
                raise ProgramError(f"recording link {resource_name!r}: what it is looked up by {IS_IN_TEXT}")
            declared[LOOKUP] = True
        elif declared.get("domain_id") is None:
            raise TypeError(f"RecordingLink {resource_name!r} is missing the required argument 'domain_id'")
        _reject_duplicate_adoption(current_program_run(), resource_name, declared.get("adopt"))
        if unverified := current_program_run().unverified_domain(declared.get("domain_id")):
            declared[UNVERIFIED] = unverified
        if LOOKUP not in declared:
            declared.update(_mark(current_program_run(), resource_name, declared.get("mark"), opts))
        # Pulumi knows an output only if its key is there from the start.
        outputs = dict.fromkeys(inspect.get_annotations(RecordingLink))
        super().__init__(RecordingLinkProvider(), resource_name, {**outputs, **declared}, opts)

    def __init_subclass__(cls) -> None:
        # Pulumi gives each subclass a type of its own and no output types: a subclass would mean a replacement.
        super().__init_subclass__(module="userplane", name="RecordingLink")
        cls.__annotations__ = {**inspect.get_annotations(RecordingLink), **inspect.get_annotations(cls)}

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - Pulumi's name for it in every resource
        opts: Optional[pulumi.ResourceOptions] = None,
        *,
        workspace_id: Optional[pulumi.Input[str]] = None,
    ) -> Self:
        """Returns a link that exists and that this program does not manage.

        Args:
            resource_name: The name of this resource.
            id: The link's id at Userplane.
            opts: Pulumi's options of a resource.
            workspace_id: Where the link is; left out, the settings' workspace.

        A link that does not live fails the run.
        """
        looked_up = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        keywords: dict[str, Any] = {"workspace_id": workspace_id, "opts": looked_up}
        return cls(resource_name, **keywords)


def _parse_args(
    positional: tuple[Any, ...], keywords: dict[str, Any]
) -> tuple[dict[str, Any], Optional[pulumi.ResourceOptions]]:
    if len(positional) > 2:
        raise TypeError(f"RecordingLink takes an args object and options by position, not {len(positional)} arguments")
    given = {**dict(zip(("args", "opts"), positional, strict=False)), **keywords}
    if isinstance(given.get("args"), pulumi.ResourceOptions):
        given["opts"] = given.pop("args")
    args, opts = given.pop("args", None), given.pop("opts", None)
    if isinstance(args, RecordingLinkArgs):
        args = {each.name: getattr(args, each.name) for each in fields(args)}
    if not isinstance(args, (Mapping, type(None))):
        raise TypeError(f"RecordingLink takes RecordingLinkArgs, a dictionary or keywords, not {type(args).__name__}")
    declared = {**(args or {}), **given}
    known = [each.name for each in fields(RecordingLinkArgs)]
    for key in sorted(set(declared) - set(known)):
        raise TypeError(f"RecordingLink has no argument {key!r}{nearest_hint(key, known)}")
    return {key: value for key, value in declared.items() if value is not None}, opts


def _mark(
    run: ProgramRun, resource_name: str, declared: Optional[pulumi.Input[str]], opts: Optional[pulumi.ResourceOptions]
) -> dict[str, Any]:
    """The declared mark, else the resource's name, as in its URN: children of components may have equal names.

    Whether a name is too long is for `check` to say: only there is it known whether links are marked at all.
    """

    def unique(mark: T) -> T:
        return _reject_duplicate_mark(run, resource_name, mark)

    def long_name(mark: str) -> Optional[str]:
        return resource_name if len(mark) > ownership.MAX_LENGTH else None

    def made(parents: str = "") -> str:
        return ownership.make(pulumi.get_project(), pulumi.get_stack(), resource_name, parents)

    parent = opts.parent if opts is not None else None
    if declared is not None:
        return {"mark": unique(declared)}
    if parent is None:
        return {"mark": unique(made()), LONG_NAME: long_name(made())}

    async def of_child() -> str:
        # An Output made of `parent.urn` depends on the parent, for which Pulumi waits with all its children: this one.
        urn = await parent.urn.future()
        return made(ownership.type_chain(urn or ""))

    mark: pulumi.Output[str] = pulumi.Output.from_input(of_child())
    return {"mark": mark.apply(unique), LONG_NAME: mark.apply(long_name)}


def _reject_duplicate_adoption(run: ProgramRun, resource_name: str, adopt: object) -> None:
    """A link belongs to one resource."""
    if not run.claim("adopt", adopt):
        raise ProgramError(
            f"recording link {resource_name!r}: another link of this program adopts {adopt} already",
            next_step="declare it once",
        )


def _reject_duplicate_mark(run: ProgramRun, resource_name: str, mark: T) -> T:
    """A mark tells whose link a killed run has left."""
    if not run.claim("mark", mark):
        raise ProgramError(
            f"recording link {resource_name!r}: another link of this program has the mark {mark!r} already",
            next_step="give one of the two a mark= of its own",
        )
    return mark


def _import_as_adopt(
    resource_name: str, declared: dict[str, Any], opts: Optional[pulumi.ResourceOptions]
) -> Optional[pulumi.ResourceOptions]:
    """The engine reads an `import_` without the provider, which fails: `adopt` does what it asks for."""
    if opts is None or opts.import_ is None:
        return opts
    if declared.setdefault("adopt", opts.import_) != opts.import_:
        raise ProgramError(
            f"recording link {resource_name!r}: import_ and adopt= name two links", next_step="leave one of them out"
        )
    opts = pulumi.ResourceOptions.merge(opts, None)
    opts.import_ = None
    return opts
