"""`RecordingLink`, the resource that a Pulumi program declares; sends no request and knows no key."""

import inspect
from collections.abc import Mapping
from typing import Any, Optional, TypeVar, Union, overload

import pulumi
from typing_extensions import Self, Unpack

from pulumi_userplane.diff import LONG_NAME, LOOKUP, UNVERIFIED
from pulumi_userplane.output_text import IS_IN_TEXT, holds_output
from pulumi_userplane.program.account import reject_plaintext_secrets
from pulumi_userplane.program.args import RecordingLinkArgs, RecordingLinkArgsDict, parse_args
from pulumi_userplane.program.errors import ProgramError
from pulumi_userplane.program.program_run import ProgramRun, current_program_run
from pulumi_userplane.provider import RecordingLinkProvider
from pulumi_userplane.recovery import ownership

T = TypeVar("T")


@pulumi.output_type
class LinkCreator(dict[str, Any]):
    """The member who created a link: the owner of the key that sent the POST."""

    workspace_member_id: str
    """The member's id in the workspace."""

    name: Optional[str]
    """The member's name, if Userplane knows it."""


@pulumi.output_type
class LinkProject(dict[str, Any]):
    """The project that a link is in."""

    project_id: str
    """The project's id."""

    title: Optional[str]
    """The project's title, if it has one."""


@pulumi.output_type
class LinkDomain(dict[str, Any]):
    """The domain of a link's address."""

    domain_id: str
    """The domain's id."""

    url: str
    """The domain's address."""

    status: str
    """`pending`, `verified` or `revoked`. Only a verified domain takes new links."""


class RecordingLink(pulumi.dynamic.Resource, module="userplane", name="RecordingLink"):
    """A recording link: customers open its address to record their screen for a workspace.

    The outputs show the link as Userplane last returned it, managed fields and others.
    """

    link_id: pulumi.Output[str]
    """The link's id at Userplane, the same as the resource's `id`."""

    link_url: pulumi.Output[str]
    """The address that customers open. Anyone who knows it can record with it."""

    link_type: pulumi.Output[str]
    """The type: `recording` for links created through the API; `file`, `session` or `screenshot` for others."""

    created_at: pulumi.Output[str]
    """The time of its creation, in ISO 8601."""

    creator: pulumi.Output[LinkCreator]
    """The member who created it."""

    project: pulumi.Output[LinkProject]
    """Its project, declared or not."""

    domain: pulumi.Output[LinkDomain]
    """The domain of its address, with the status of the domain."""

    workspace_id: pulumi.Output[str]
    """The id of its workspace."""

    domain_id: pulumi.Output[str]
    """The id of the domain of its address."""

    project_id: pulumi.Output[Optional[str]]
    """The id of the project that was declared when the link was last written. `project` has the project in any case."""

    link_title: pulumi.Output[Optional[str]]
    """The title, if there is one."""

    link_reusable: pulumi.Output[bool]
    """Whether it takes any number of recordings, or only one."""

    link_provider_type: pulumi.Output[str]
    """The tool in which it is used."""

    link_provider_id: pulumi.Output[Optional[str]]
    """An id in that tool, if there is one."""

    link_provider_ref: pulumi.Output[Optional[str]]
    """A reference in that tool. For a link that declares none: its ownership mark and 8 random digits."""

    meta: pulumi.Output[Optional[Mapping[str, Any]]]
    """The map of your own, if there is one."""

    mark: pulumi.Output[Optional[str]]
    """The ownership mark; used only at creation."""

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
        """Declares a recording link.

        Args:
            resource_name: The name of the resource.
            positional: The arguments as an object or a dictionary, and the options; or only the options.
            keywords: The same by name (`args`, `opts`), or the fields of `RecordingLinkArgs`.

        Raises:
            TypeError: An argument is unknown, or `domain_id` is missing.
            ProgramError: Another link of the program has the same mark or adopts the same link; `import_` and `adopt`
                name different links; the name contains an Output as text; or the API key is in plaintext in the
                stack's configuration.
        """
        declared, opts = parse_args(positional, keywords)
        if holds_output(resource_name):
            raise ProgramError(f"the name of a recording link {IS_IN_TEXT}; a name must be known at once")
        opts = _import_as_adopt(resource_name, declared, opts)
        reject_plaintext_secrets()
        link_id = opts.id if opts is not None else None
        if link_id is not None and holds_output([link_id, *declared.values()]):
            # `check` does not see a link that is only looked up.
            raise ProgramError(f"recording link {resource_name!r}: the id or workspace_id {IS_IN_TEXT}")
        if link_id is None and declared.get("domain_id") is None:
            raise TypeError(f"RecordingLink {resource_name!r} is missing the required argument 'domain_id'")
        run = current_program_run()
        _reject_duplicate_adoption(run, resource_name, declared.get("adopt"))
        hidden: dict[str, Any] = (
            {LOOKUP: True} if link_id is not None else _mark(run, resource_name, declared.get("mark"), opts)
        )
        if unverified := run.unverified_domain(declared.get("domain_id")):
            hidden[UNVERIFIED] = unverified
        # Pulumi knows an output only if its key is there from the start.
        outputs = dict.fromkeys(inspect.get_annotations(RecordingLink))
        super().__init__(RecordingLinkProvider(), resource_name, {**outputs, **declared, **hidden}, opts)

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
        """Returns an existing link that this program does not manage.

        The run fails if no live link has this id.

        Args:
            resource_name: The name of the resource.
            id: The link's id at Userplane.
            opts: The options of the resource.
            workspace_id: The id of the link's workspace. Left out: the workspace of the settings.
        """
        opts_with_id = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        keywords: dict[str, Any] = {"workspace_id": workspace_id, "opts": opts_with_id}
        return cls(resource_name, **keywords)


def _mark(
    run: ProgramRun, resource_name: str, declared: Optional[pulumi.Input[str]], opts: Optional[pulumi.ResourceOptions]
) -> dict[str, Any]:
    """Returns the ownership mark: as declared, else made of the resource's name and the types of all its parents.

    A name that is too long for it is passed on: only `check` knows whether links are marked at all.
    """

    def make(parents: str = "") -> str:
        return ownership.make(pulumi.get_project(), pulumi.get_stack(), resource_name, parents)

    def claim(mark: T) -> T:
        return _reject_duplicate_mark(run, resource_name, mark)

    def long_name(mark: str) -> Optional[str]:
        return resource_name if len(mark) > ownership.MAX_LENGTH else None

    parent = opts.parent if opts is not None else None
    if declared is not None:
        return {"mark": claim(declared)}
    if parent is None:
        return {"mark": claim(make()), LONG_NAME: long_name(make())}

    async def make_for_child() -> str:
        # An Output made of `parent.urn` depends on the parent, for which Pulumi waits with all its children: this one.
        urn = await parent.urn.future()
        return make(ownership.type_chain(urn or ""))

    mark: pulumi.Output[str] = pulumi.Output.from_input(make_for_child())
    return {"mark": mark.apply(claim), LONG_NAME: mark.apply(long_name)}


def _reject_duplicate_adoption(run: ProgramRun, resource_name: str, adopt: object) -> None:
    """Two resources with one link would undo each other's changes."""
    if not run.claim("adopt", adopt):
        raise ProgramError(
            f"recording link {resource_name!r}: another link of this program already adopts {adopt}",
            next_step="declare it once",
        )


def _reject_duplicate_mark(run: ProgramRun, resource_name: str, mark: T) -> T:
    """The mark tells which resource an interrupted creation belongs to."""
    if not run.claim("mark", mark):
        raise ProgramError(
            f"recording link {resource_name!r}: another link of this program already has the mark {mark!r}",
            next_step="give one of the two a mark= of its own",
        )
    return mark


def _import_as_adopt(
    resource_name: str, declared: dict[str, Any], opts: Optional[pulumi.ResourceOptions]
) -> Optional[pulumi.ResourceOptions]:
    """Turns `import_` into `adopt`: the engine would read an imported link without the provider, and fail."""
    if opts is None or opts.import_ is None:
        return opts
    if declared.setdefault("adopt", opts.import_) != opts.import_:
        raise ProgramError(
            f"recording link {resource_name!r}: import_ and adopt= name different links",
            next_step="leave one of them out",
        )
    opts = pulumi.ResourceOptions.merge(opts, None)
    opts.import_ = None
    return opts
