"""The API client without Pulumi, in brief, as mypy and pyright see it; nothing here runs."""

import time
from collections.abc import Iterator
from typing import Any

from typing_extensions import assert_type

from pulumi_userplane import api
from pulumi_userplane.api import Client, Domain, Link, LinkFields, LinkHit, LinkPage, Me, Member, Project, Workspace
from pulumi_userplane.api.models import SearchType


def create_client() -> None:
    """The ways to make a client."""
    assert_type(Client("uspl_key"), Client)
    Client("uspl_key", base_url=api.DEFAULT_BASE_URL, meta_field="linkMeta", requests_per_minute=0, notify=print)
    Client("uspl_key", clock=time)
    Client("uspl_key", clock=time.monotonic)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Client()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Client("uspl_key", "http://127.0.0.1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Client("uspl_key", requests_per_day="0")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def read(client: Client) -> None:
    """What reading gives."""
    assert_type(client.base_url, str)
    assert_type(client.get_me(), Me)
    assert_type(client.get_me().user.email, str | None)
    assert_type(client.list_workspaces(include_workspace_membership=True), Iterator[Workspace])
    assert_type(client.get_workspace("ws"), Workspace)
    assert_type(client.list_members("ws"), Iterator[Member])
    assert_type(client.list_domains("ws"), Iterator[Domain])
    assert_type(client.list_projects("ws"), Iterator[Project])
    assert_type(client.get_project("ws", "prj"), Project)
    assert_type(client.list_links("ws", domain_ids=["dom"], created_by=("mem",)), Iterator[Link])
    assert_type(client.list_links_page("ws", 1), LinkPage)
    assert_type(client.get_link("ws", "lnk_1", label="Help"), Link)
    assert_type(client.list_links("ws", sort_by="link_title", sort_direction="desc"), Iterator[Link])
    client.list_links("ws", sort_by="linkTitle")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.list_links("ws", sort_direction="down")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.list_links()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.list_links_page("ws", "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.get_link("lnk_1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def search(client: Client, anything: SearchType) -> None:
    """A search gives what it looks among."""
    assert_type(client.search("ws", "help", "links", limit=20), list[LinkHit])
    assert_type(client.search("ws", "help", search_type="members"), list[Member])
    assert_type(client.search("ws", "help", "projects"), list[Project])
    assert_type(client.search("ws", "help", "domains"), list[Domain])
    assert_type(client.search("ws", "help", anything), list[Member] | list[Project] | list[Domain] | list[LinkHit])
    client.search("ws", "help", "recordings")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    client.search("ws", "help")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


def write(client: Client) -> None:
    """What writing takes and gives."""
    assert_type(client.create_link("ws", domain_id="dom", link_reusable=True, meta={"area": 1}), Link)
    assert_type(client.update_link("ws", "lnk_1", link_title="", meta={}), Link)
    fields: LinkFields = {"link_title": "Help", "link_reusable": False}
    client.update_link("ws", "lnk_1", label="Help", **fields)
    client.delete_link("ws", "lnk_1")
    with client.operation_deadline(30, rate_limit_wait=5):
        client.delete_link("ws", "lnk_1")
    client.create_link("ws")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    # The server takes a title in a PUT only.
    client.create_link("ws", domain_id="dom", link_title="Help")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.update_link("ws", "lnk_1", link_titel="Help")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.update_link("ws", "lnk_1", link_title=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.update_link("ws", "lnk_1", domain_id="dom")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def models(link: Link) -> None:
    """What a link holds."""
    assert_type((link.link_id, link.link_url, link.link_provider_type), tuple[str, str, str])
    assert_type((link.link_title, link.link_provider_ref), tuple[str | None, str | None])
    assert_type(link.meta, dict[str, Any] | None)
    assert_type((link.domain.url, link.project.title, link.creator.name), tuple[str, str | None, str | None])
    _ = link.linkTitle  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def errors(error: api.UserplaneError) -> None:
    """The tree of errors narrows as it is written."""
    assert_type(error.reason, str)
    if isinstance(error, api.APIError):
        assert_type(error.status, int)
        assert_type(error.code, str)
        assert_type(error.retry_after, float | None)
        assert_type(error.proves_link_gone, bool)
    _: api.APIError = error  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    kinds: list[type[api.UserplaneError]] = [api.ConfigurationError, api.GoneError, api.ResponseLostError]
    _ = api.NotfoundError  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    kinds.append(ValueError)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
