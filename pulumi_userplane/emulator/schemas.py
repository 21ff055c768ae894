"""The shapes of a link: as stored, as an administrator sets it, and as responses show it."""

import secrets
from typing import Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator
from pydantic.alias_generators import to_camel

from pulumi_userplane.emulator.behaviour_values import MetaKey
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.problems import check_text

LinkProviderType = Literal[
    "intercom", "zendesk", "hubspot", "freshdesk", "freshchat", "jira_service_management", "helpscout", "happyfox",
    "ada", "forethought", "servicenow", "front", "zoho_desk", "crisp", "pylon", "plain", "asana", "azure_devops",
    "clickup", "github", "gitlab", "jira", "linear", "notion", "sentry", "slack", "web", "others",
]  # fmt: skip
Meta = dict[str, JsonValue]
_MAX_INTEGER = 2**63 - 1
_OTHER_META_KEY: dict[MetaKey, MetaKey] = {"meta": "linkMeta", "linkMeta": "meta"}


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


class StoredModel(BaseModel):
    """What a test puts into the database: its texts and numbers are such as SQLite can hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @field_validator("*")
    @classmethod
    def _check_value(cls, value: object) -> object:
        if isinstance(value, int) and value > _MAX_INTEGER:
            raise ValueError(f"Input should be less than or equal to {_MAX_INTEGER}")
        return check_text(value) if isinstance(value, str) else value


class LinkFields(StoredModel):
    """Fields of a link that an administrator may set, including values that the API would refuse."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

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


def render_link(link: LinkRow, behaviours: Behaviours) -> dict[str, object]:
    """Returns the link as a response shows it."""
    content: dict[str, object] = {**link}
    del content["deletedAt"], content["live"]
    returned_as = (
        _OTHER_META_KEY[behaviours.meta_key] if behaviours.meta_returned_as == "other" else behaviours.meta_key
    )
    content[returned_as] = content.pop("meta")
    return content
