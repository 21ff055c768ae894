"""The objects of Userplane's API, with snake_case names for its camelCase ones.

Unknown fields and unknown enumeration values are accepted, since the API may grow.
Shapes: https://docs.userplane.io/api/
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Base of all objects: immutable, camelCase in JSON, unknown fields ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class LinkProject(Model):
    """The project that a link is in."""

    project_id: str
    title: str | None = None


class LinkCreator(Model):
    """The member who created a link: the owner of the key that sent the POST."""

    workspace_member_id: str
    name: str | None = None


class LinkDomain(Model):
    """The domain that a link's address is on; `status` is `pending`, `verified` or `revoked`."""

    domain_id: str
    url: str
    status: str


class Link(Model):
    """A recording link (https://docs.userplane.io/api/links/create-link).

    Attributes:
        link_id: Opaque, never empty.
        link_title: At most 255 characters, or None.
        link_type: `file`, `recording`, `session` or `screenshot`; read-only.
        link_reusable: True allows any number of recordings, False one.
        link_provider_type: One of 28 values (`pulumi_userplane.api.PROVIDER_TYPES`), or a new one.
        link_provider_id: At most 255 characters, or None.
        link_provider_ref: At most 2048 characters, or None. The API calls it `linkReference` in a POST,
            `linkProviderRef` in a PUT and `linkProviderReference` in responses.
        link_url: The address that customers open.
        meta: Free map, or None. Read from `meta` or `linkMeta`, whichever the response has.
        created_at: ISO 8601 text, as sent.
        project: The project that it is in.
        creator: Who created it.
        domain: The domain that its address is on.
    """

    link_id: str = Field(min_length=1)
    link_title: str | None
    link_type: str
    link_reusable: bool
    link_provider_type: str
    link_provider_id: str | None
    link_provider_ref: str | None = Field(alias="linkProviderReference")
    link_url: str = Field(alias="linkURL")
    meta: dict[str, Any] | None = None
    created_at: str
    project: LinkProject
    creator: LinkCreator
    domain: LinkDomain

    @model_validator(mode="before")
    @classmethod
    def _accept_link_meta(cls, data: Any) -> Any:  # noqa: ANN401 - whatever JSON came
        if isinstance(data, dict) and data.get("meta") is None and "linkMeta" in data:
            return {**data, "meta": data["linkMeta"]}
        return data


class LinkFields(TypedDict, total=False):
    """The fields that a PUT can change. A field that is left out stays as it is.

    Limits (https://docs.userplane.io/api/links/update-link): `link_title` and `link_provider_id` 255 characters,
    `link_provider_ref` 2048, `link_provider_type` one of `PROVIDER_TYPES`. `""` clears a text, `{}` empties `meta`.
    """

    link_title: str
    link_reusable: bool
    link_provider_type: str
    link_provider_id: str
    link_provider_ref: str
    meta: dict[str, Any]


class LinkHit(Model):
    """A link among search results (https://docs.userplane.io/api/search/search-workspace)."""

    link_id: str
    link_title: str | None
    link_type: str
    created_at: str
    project_id: str
    project_title: str
    domain_id: str
    domain_url: str


class Domain(Model):
    """A domain of a workspace. Only `verified` ones carry links. The address may have no scheme."""

    domain_id: str
    domain_url: str
    domain_status: str
    created_at: str
    updated_at: str


class Project(Model):
    """A project of a workspace (https://docs.userplane.io/api/projects); the title can be empty."""

    project_id: str
    project_title: str
    is_default: bool
    recording_retention_days: float
    created_at: str
    updated_at: str


class WorkspaceMembership(Model):
    """The membership of the key's owner in a workspace; the role is `owner`, `admin` or `member`."""

    workspace_member_id: str
    workspace_role: str
    workspace_joined_at: str


class Workspace(Model):
    """A workspace (https://docs.userplane.io/api/workspaces); the membership is there only on request."""

    workspace_id: str
    workspace_name: str
    created_at: str
    updated_at: str
    workspace_membership: WorkspaceMembership | None = None


class Member(Model):
    """A member of a workspace; the role is `owner`, `admin` or `member`."""

    workspace_member_id: str
    member_name: str
    member_email: str
    workspace_role: str


class User(Model):
    """The owner of a key (https://docs.userplane.io/api/user/get-me)."""

    id: str
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None
    image: str | None = None
    created_at: str | None = None


class Stats(Model):
    """The counts of what the owner of a key has."""

    workspaces: int | None = None
    recordings: int | None = None
    links: int | None = None


class Me(Model):
    """The owner of a key, with counts."""

    user: User
    stats: Stats


class Pagination(Model):
    """Where a page of a list stands."""

    page: int
    per_page: int
    total: int
    total_pages: int
    has_more: bool


class LinkPage(Model):
    """One page of a workspace's live links, and where it stands in the list.

    Attributes:
        links: The links.
        pagination: Where the page stands.
        meta_field: The name under which its rows hold `meta`: `meta` or `linkMeta`; None if no row has either.
        requests: How many requests it took: more than one if its links are too large for one response.
    """

    links: list[Link]
    pagination: Pagination
    meta_field: str | None = None
    requests: int = 1

    @model_validator(mode="before")
    @classmethod
    def _find_meta_field(cls, data: Any) -> Any:  # noqa: ANN401 - whatever JSON came
        if not isinstance(data, dict) or not isinstance(data.get("links"), list):
            return data
        keys = {key for row in data["links"] if isinstance(row, dict) for key in row}
        return {**data, "meta_field": next((name for name in ("meta", "linkMeta") if name in keys), None)}


SearchType = Literal["members", "projects", "domains", "links"]
"""The kinds of objects that a search finds."""
