"""The shapes of a link at the emulator: as a row that is read, as fields to set, as a new one."""

import secrets
from typing import TypedDict

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel


class LinkFields(BaseModel):
    """Fields of a link that a hand can set, whatever the API would say to the value."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel, populate_by_name=True)

    link_title: str | None = None
    link_type: str = "recording"
    link_reusable: bool = False
    link_provider_type: str = "web"
    link_provider_id: str | None = None
    link_provider_reference: str | None = None
    link_url: str = Field(default="", alias="linkURL")
    meta: dict[str, JsonValue] | None = None
    created_at: str = Field(default="", pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
    project_id: str = Field(default="", min_length=1)
    domain_id: str = Field(default="", min_length=1)
    workspace_member_id: str = "mem_owner"


class NewLink(LinkFields):
    """A link to be made; address, time and project are found for it when they are left out."""

    domain_id: str = Field(min_length=1)
    link_id: str = Field(default_factory=lambda: f"lnk_{secrets.token_hex(10)}", min_length=1)
    deleted: bool = False


class ProjectPart(TypedDict):
    """The project of a link."""

    projectId: str
    title: str


class CreatorPart(TypedDict):
    """The member who made a link."""

    workspaceMemberId: str
    name: str


class DomainPart(TypedDict):
    """The domain of a link."""

    domainId: str
    url: str
    status: str


class LinkRow(TypedDict):
    """A link as the API shows it, and what only the table knows: when it was deleted, whether the API shows it."""

    linkId: str
    linkTitle: str | None
    linkType: str
    linkReusable: bool
    linkProviderType: str
    linkProviderId: str | None
    linkProviderReference: str | None
    linkURL: str
    meta: dict[str, JsonValue] | None
    createdAt: str
    project: ProjectPart
    creator: CreatorPart
    domain: DomainPart
    deletedAt: str | None
    live: bool
