"""Userplane's endpoints as methods of one client: each sends one request, or one for each page of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

from pydantic.alias_generators import to_camel

from pulumi_userplane.api import paths
from pulumi_userplane.api.client_base import ClientBase
from pulumi_userplane.api.models import Domain, Link, LinkHit, LinkPage, Me, Member, Project, Workspace
from pulumi_userplane.api.responses import parse_model, unexpected_response
from pulumi_userplane.api.text import describe_link, sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from typing_extensions import Unpack

    from pulumi_userplane.api.errors import Operation
    from pulumi_userplane.api.models import LinkFields, SearchType
    from pulumi_userplane.api.pagination import PageReader

_SEARCH_MODELS: dict[SearchType, type[Member | Project | Domain | LinkHit]] = {
    "members": Member,
    "projects": Project,
    "domains": Domain,
    "links": LinkHit,
}


class Client(ClientBase):
    """A client of Userplane's REST API; several threads can use one client.

    Limits: https://docs.userplane.io/api/rate-limits (120 requests a minute and 10,000 a day for the key's owner).
    Every method sends one request, or one for each page that is read, and raises a `UserplaneError`.

    Args:
        api_key: The key acts as the user who made it (https://docs.userplane.io/api/api-keys).
        base_url: The server's address: https, or http on this machine's loopback.
        meta_field: The name under which `meta` is written, `meta` or `linkMeta`. Both are read.
        requests_per_minute: The limit that this machine's processes share for the key, at most 100,000; 0 for none.
        requests_per_day: The same for a day, at most 10,000,000.
        shared_file: The file that these processes share. The default is the key's own file in the user's cache.
        limit_store: The store in which several machines count requests together; this one counts alone without it.
        notify: Receives messages about waits and long work, every 15 s at most; else the log `pulumi_userplane` does.
        clock: What waits and deadlines go by. The default is the system's clock; a test hands in its own.
        cancellation: Once it is requested, no request begins any more, and waits by the default clock end.

    Attributes:
        shared_file: The file that the processes of this machine share for the key.
        limit_store: The store that several machines share for the key, or None.
        rate_limit: What each request waits for.
        progress: Counts requests and links, and tells the user of waits.

    Raises:
        ConfigurationError: The key or the base URL is malformed, or a limit is out of its bounds.
    """

    def get_me(self) -> Me:
        """Returns the key's owner (https://docs.userplane.io/api/user/get-me), the cheapest check of a key."""
        operation = self._operation("read", "the key's owner")
        return parse_model(Me, self._request(operation, "GET", "/public/me"), operation)

    def list_workspaces(self, *, include_workspace_membership: bool = False) -> Iterator[Workspace]:
        """Yields the workspaces of the key's owner (https://docs.userplane.io/api/workspaces/list-workspaces)."""
        operation = self._operation("list", "workspaces")
        params = {"include_workspace_membership": "true"} if include_workspace_membership else {}
        return self._pages(operation, "/public/workspaces", "workspaces", "workspace_id", params).iterate(Workspace)

    def get_workspace(self, workspace_id: str) -> Workspace:
        """Returns one workspace (https://docs.userplane.io/api/workspaces/get-workspace)."""
        operation = self._operation("read", f"workspace {workspace_id}")
        data = self._request(operation, "GET", paths.workspace(workspace_id))
        return parse_model(Workspace, data.get("workspace"), operation)

    def list_members(self, workspace_id: str) -> Iterator[Member]:
        """Yields the members of a workspace."""
        operation = self._operation("list", f"members of workspace {workspace_id}")
        path = paths.workspace(workspace_id) + "/members"
        return self._pages(operation, path, "workspaceMembers", "workspace_member_id").iterate(Member)

    def list_domains(self, workspace_id: str) -> Iterator[Domain]:
        """Yields the domains of a workspace, of any status."""
        operation = self._operation("list", f"domains of workspace {workspace_id}")
        path = paths.workspace(workspace_id) + "/domains"
        return self._pages(operation, path, "domains", "domain_id").iterate(Domain)

    def list_projects(self, workspace_id: str) -> Iterator[Project]:
        """Yields the projects of a workspace (https://docs.userplane.io/api/projects/list-projects)."""
        operation = self._operation("list", f"projects of workspace {workspace_id}")
        path = paths.workspace(workspace_id) + "/projects"
        return self._pages(operation, path, "projects", "project_id").iterate(Project)

    def get_project(self, workspace_id: str, project_id: str) -> Project:
        """Returns one project (https://docs.userplane.io/api/projects/get-project).

        Raises:
            GoneError: 410 `PROJECT_GONE`: the project was deleted. Its links count as gone until it is restored.
        """
        operation = self._operation("read", f"project {project_id} of workspace {workspace_id}")
        data = self._request(operation, "GET", paths.project(workspace_id, project_id))
        project = parse_model(Project, data.get("project"), operation)
        if project.project_id != project_id:
            raise unexpected_response(operation, "another project")
        return project

    def list_links(
        self,
        workspace_id: str,
        *,
        domain_ids: Sequence[str] = (),
        project_ids: Sequence[str] = (),
        created_by: Sequence[str] = (),
        sort_by: Literal["created_at", "link_title"] = "created_at",
        sort_direction: Literal["asc", "desc"] = "asc",
    ) -> Iterator[Link]:
        """Yields the live links of a workspace (https://docs.userplane.io/api/links/list-links).

        A link that is missing here is not proved to be deleted, since pages shift. Only `get_link` proves it.

        Args:
            workspace_id: The workspace.
            domain_ids: Only links on these domains.
            project_ids: Only links in these projects.
            created_by: Only links that these members created.
            sort_by: `created_at` or `link_title`.
            sort_direction: `asc` or `desc`.
        """
        params: dict[str, str] = {"sort_by": sort_by, "sort_direction": sort_direction}
        for name, ids in (("domain_id", domain_ids), ("project_id", project_ids), ("created_by", created_by)):
            params.update({f"{name}[{index}]": id_ for index, id_ in enumerate(ids)})
        return self._link_pages(workspace_id, params).iterate(Link)

    def list_links_page(
        self,
        workspace_id: str,
        page: int,
        *,
        sort_direction: Literal["asc", "desc"] = "asc",
        max_requests: int | None = None,
    ) -> LinkPage:
        """Returns one page of 20 live links, sorted by creation; several requests if they are too large for one.

        Args:
            workspace_id: The workspace.
            page: Its number, from 1. A page after the last one is empty.
            sort_direction: `asc` for the oldest links first, `desc` for the newest.
            max_requests: How many requests it may take; the first links of the page are returned then.
        """
        pages = self._link_pages(workspace_id, {"sort_by": "created_at", "sort_direction": sort_direction})
        return parse_model(LinkPage, pages.read_page(page, max_requests), pages.operation)

    def _link_pages(self, workspace_id: str, params: Mapping[str, str]) -> PageReader:
        operation = self._operation("list", f"recording links of workspace {workspace_id}")
        return self._pages(operation, paths.links(workspace_id), "links", "link_id", params)

    def create_link(
        self,
        workspace_id: str,
        *,
        domain_id: str,
        project_id: str | None = None,
        link_provider_ref: str | None = None,
        link_reusable: bool | None = None,
        meta: Mapping[str, Any] | None = None,
        label: str | None = None,
        before_send: Callable[[], None] | None = None,
    ) -> Link:
        """Creates a link (https://docs.userplane.io/api/links/create-link). Not idempotent: each call creates one.

        Args:
            workspace_id: The workspace.
            domain_id: A verified domain of the workspace.
            project_id: The project; the workspace's default project when left out.
            link_provider_ref: The API's `linkReference`; at most 2048 characters.
            link_reusable: Whether it takes several recordings; the server's default (one) when left out.
            meta: Free map.
            label: The name of the link in errors.
            before_send: Called before each attempt, after any wait for the rate limit.

        Raises:
            ResponseLostError: The link may have been created.
            InvalidResponseError: The link may have been created.
            ServerError: The link may have been created.
            PlanLimitError: The plan's quota is used up. No link was created.
        """
        subject = f'recording link "{sanitize(label)}"' if label else f"a recording link in workspace {workspace_id}"
        fields = {
            "domainId": domain_id,
            "projectId": project_id,
            "linkReference": link_provider_ref,
            "linkReusable": link_reusable,
            self._meta_field: meta,
        }
        body = {name: value for name, value in fields.items() if value is not None}
        operation = self._operation("creation", subject)
        data = self._request(operation, "POST", paths.links(workspace_id), body=body, before_send=before_send)
        return parse_model(Link, data.get("link"), operation)

    def get_link(self, workspace_id: str, link_id: str, *, label: str | None = None) -> Link:
        """Returns one link.

        Args:
            workspace_id: The workspace.
            link_id: The link.
            label: Its name in errors, next to its id: its mark, for example. Not its title, which may be a secret.

        Raises:
            APIError: Its `proves_link_gone` is true for 404 `LINK_NOT_FOUND` and 410 `LINK_GONE` alone.
        """
        operation = self._operation("read", describe_link(link_id, label))
        data = self._request(operation, "GET", paths.link(workspace_id, link_id))
        return _parse_same_link(data, link_id, operation)

    def update_link(
        self, workspace_id: str, link_id: str, *, label: str | None = None, **fields: Unpack[LinkFields]
    ) -> Link:
        """Changes the given fields of a link and no others (https://docs.userplane.io/api/links/update-link).

        Args:
            workspace_id: The workspace.
            link_id: The link.
            label: Its name in errors, as in `get_link`.
            **fields: The new values; see `LinkFields` for the limits.

        Raises:
            APIError: As in `get_link`.
        """
        body = {self._meta_field if name == "meta" else to_camel(name): value for name, value in fields.items()}
        operation = self._operation("update", describe_link(link_id, label))
        data = self._request(operation, "PUT", paths.link(workspace_id, link_id), body=body)
        return _parse_same_link(data, link_id, operation)

    def delete_link(self, workspace_id: str, link_id: str, *, label: str | None = None) -> None:
        """Deletes a link (https://docs.userplane.io/api/links/delete-link). Its address stops working at once.

        Args:
            workspace_id: The workspace.
            link_id: The link.
            label: Its name in errors, as in `get_link`.

        Raises:
            APIError: As in `get_link`. 403 `LINK_DELETE_FORBIDDEN` unless the key's owner created the link or is an
                admin.
        """
        operation = self._operation("deletion", describe_link(link_id, label))
        data = self._request(operation, "DELETE", paths.link(workspace_id, link_id))
        if data.get("linkId") != link_id:
            raise unexpected_response(operation, "another link")

    @overload
    def search(
        self, workspace_id: str, q: str, search_type: Literal["members"], *, limit: int | None = None
    ) -> list[Member]: ...

    @overload
    def search(
        self, workspace_id: str, q: str, search_type: Literal["projects"], *, limit: int | None = None
    ) -> list[Project]: ...

    @overload
    def search(
        self, workspace_id: str, q: str, search_type: Literal["domains"], *, limit: int | None = None
    ) -> list[Domain]: ...

    @overload
    def search(
        self, workspace_id: str, q: str, search_type: Literal["links"], *, limit: int | None = None
    ) -> list[LinkHit]: ...

    def search(
        self, workspace_id: str, q: str, search_type: SearchType, *, limit: int | None = None
    ) -> list[Member] | list[Project] | list[Domain] | list[LinkHit]:
        """Returns the objects that match a text (https://docs.userplane.io/api/search/search-workspace).

        Args:
            workspace_id: The workspace.
            q: The text, 1 to 100 characters.
            search_type: The API's `type`: `members`, `projects`, `domains` or `links`.
            limit: The largest number of objects; 20 is known to work.
        """
        operation = self._operation("search", f"{search_type} of workspace {workspace_id}")
        params = {"q": q, "type": search_type, **({} if limit is None else {"limit": limit})}
        results = self._request(operation, "GET", paths.workspace(workspace_id) + "/search", params=params).get(
            "results"
        )
        if not isinstance(results, list):
            raise unexpected_response(operation, "no results")
        hits: list[Any] = [parse_model(_SEARCH_MODELS[search_type], hit, operation) for hit in results]
        return hits


def _parse_same_link(data: Mapping[str, Any], link_id: str, operation: Operation) -> Link:
    link = parse_model(Link, data.get("link"), operation)
    if link.link_id != link_id:
        raise unexpected_response(operation, "another link")
    return link
