"""The shapes of a link: as stored, as an administrator sets it, and as requests and responses show it."""

import secrets
from typing import Literal, TypedDict, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_userplane.emulator.behaviours import Behaviours, MetaKey
from pulumi_userplane.emulator.envelope import InputError, describe_first_error

LinkProviderType = Literal[
    "intercom", "zendesk", "hubspot", "freshdesk", "freshchat", "jira_service_management", "helpscout", "happyfox",
    "ada", "forethought", "servicenow", "front", "zoho_desk", "crisp", "pylon", "plain", "asana", "azure_devops",
    "clickup", "github", "gitlab", "jira", "linear", "notion", "sentry", "slack", "web", "others",
]  # fmt: skip
Meta = dict[str, JsonValue]
_META_KEYS = get_args(MetaKey)


class LinkProject(TypedDict):
    """The project of a link."""

    projectId: str
    title: str


class LinkCreator(TypedDict):
    """The member who created a link."""

    workspaceMemberId: str
    name: str


class LinkDomain(TypedDict):
    """The domain of a link."""

    domainId: str
    url: str
    status: str


class LinkRow(TypedDict):
    """A link as the API shows it, with two more keys.

    `deletedAt` says when the link itself was deleted; `live` is False as well while the link's project is deleted.
    """

    linkId: str
    linkTitle: str | None
    linkType: str
    linkReusable: bool
    linkProviderType: str
    linkProviderId: str | None
    linkProviderReference: str | None
    linkURL: str
    meta: Meta | None
    createdAt: str
    project: LinkProject
    creator: LinkCreator
    domain: LinkDomain
    deletedAt: str | None
    live: bool


class LinkFields(BaseModel):
    """Fields of a link that an administrator may set, including values that the API would refuse."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)

    link_title: str | None = None
    link_type: str = "recording"
    link_reusable: bool = False
    link_provider_type: str = "web"
    link_provider_id: str | None = None
    link_provider_reference: str | None = None
    link_url: str = Field(default="", alias="linkURL")
    meta: Meta | None = None
    created_at: str = Field(default="", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
    project_id: str = Field(default="", min_length=1)
    domain_id: str = Field(default="", min_length=1)
    workspace_member_id: str = "mem_owner"


class NewLink(LinkFields):
    """A link to store; an address, a time and a project that are left out are filled in."""

    domain_id: str = Field(min_length=1)
    link_id: str = Field(default_factory=lambda: f"lnk_{secrets.token_hex(10)}", min_length=1)
    deleted: bool = False


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, alias_generator=to_camel, allow_inf_nan=False)

    meta: Meta | None = None


class _CreateBody(_Body):
    domain_id: str = Field(min_length=1)
    project_id: str = Field(default="", min_length=1)
    link_reference: str = Field(default="", max_length=2048)
    link_reusable: bool = False


class _UpdateBody(_Body):
    meta: Meta = Field(default_factory=dict)
    link_title: str = Field(default="", max_length=255)
    link_reusable: bool = False
    link_provider_type: LinkProviderType = "web"
    link_provider_id: str = Field(default="", max_length=255)
    link_provider_ref: str = Field(default="", max_length=2048)


_BodyT = TypeVar("_BodyT", bound=_Body)


def parse_create(payload: Meta, behaviours: Behaviours, member_id: str) -> NewLink:
    """Returns the link that the body of a POST asks for.

    Raises:
        InputError: The body is invalid.
    """
    body = _validate(_CreateBody, payload, behaviours)
    link = NewLink(
        domain_id=body.domain_id,
        link_provider_reference=_normalize_text(body.link_reference, None, behaviours),
        link_reusable=body.link_reusable,
        link_provider_type=behaviours.default_provider_type,
        meta=body.meta,
        workspace_member_id=member_id,
    )
    return link.model_copy(update={"project_id": body.project_id})


def parse_update(payload: Meta, behaviours: Behaviours, link: LinkRow) -> LinkFields:
    """Returns the fields that the body of a PUT sets on this link.

    Raises:
        InputError: The body is invalid.
    """
    fields = _validate(_UpdateBody, payload, behaviours).model_dump(exclude_unset=True)
    for name, stored in (
        ("link_title", link["linkTitle"]),
        ("link_provider_id", link["linkProviderId"]),
        ("link_provider_ref", link["linkProviderReference"]),
    ):
        if name in fields:
            fields[name] = _normalize_text(fields[name], stored, behaviours)
    if "link_provider_ref" in fields:
        fields["link_provider_reference"] = fields.pop("link_provider_ref")
    if "meta" in fields and behaviours.meta_update == "merge":
        fields["meta"] = {**(link["meta"] or {}), **fields["meta"]}
    return LinkFields.model_validate(fields)


def render_link(link: LinkRow, behaviours: Behaviours) -> dict[str, object]:
    """Returns the link as a response shows it."""
    content: dict[str, object] = {**link}
    del content["deletedAt"], content["live"]
    content[behaviours.meta_key] = content.pop("meta")
    return content


def _validate(model: type[_BodyT], payload: Meta, behaviours: Behaviours) -> _BodyT:
    ignored = {*behaviours.ignored_fields, *_META_KEYS}
    content = {name: value for name, value in payload.items() if name not in ignored}
    if behaviours.meta_key in payload and behaviours.meta_key not in behaviours.ignored_fields:
        content["meta"] = payload[behaviours.meta_key]
    try:
        body = model.model_validate(content)
    except ValidationError as error:
        problems = [{**problem, "loc": _rename_meta_key(problem["loc"], behaviours)} for problem in error.errors()]
        raise InputError(describe_first_error(problems)) from error
    if behaviours.meta_values == "strings" and not all(isinstance(value, str) for value in (body.meta or {}).values()):
        raise InputError(f"{behaviours.meta_key}: every value must be a string")
    return body


def _rename_meta_key(keys: tuple[int | str, ...], behaviours: Behaviours) -> tuple[int | str, ...]:
    return (behaviours.meta_key, *keys[1:]) if keys[0] == "meta" else keys


def _normalize_text(text: str, stored: str | None, behaviours: Behaviours) -> str | None:
    if behaviours.trim_text:
        text = text.strip()
    if text or behaviours.empty_text == "keep":
        return text
    return None if behaviours.empty_text == "clear" else stored
