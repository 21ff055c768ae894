"""Userplane's endpoints as methods of one client: a method, a request."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, overload
from urllib.parse import quote

from pulumi_userplane.api.constants import DEFAULT_BASE_URL
from pulumi_userplane.api.errors import ConfigurationError, Operation, RateLimitError
from pulumi_userplane.api.identifiers import is_id, validate_api_key
from pulumi_userplane.api.models import Domain, Link, LinkHit, LinkPage, Me, Member, Model, Project, Workspace
from pulumi_userplane.api.pagination import PageReader
from pulumi_userplane.api.progress import Progress
from pulumi_userplane.api.rate_limit import DEFAULT_PER_DAY, DEFAULT_PER_MINUTE, RateLimit
from pulumi_userplane.api.responses import parse_envelope, parse_model, read_server_time, unexpected_response
from pulumi_userplane.api.retry import MAX_OPERATION_SECONDS, Deadline, call_with_retries
from pulumi_userplane.api.shared_file import SharedFile
from pulumi_userplane.api.text import describe_link, sanitize
from pulumi_userplane.api.transport import Request, Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from typing_extensions import Unpack

    from pulumi_userplane.api.models import SearchType

ListedT = TypeVar("ListedT", bound=Model)

_LOG = logging.getLogger("pulumi_userplane")

MAX_PER_PAGE = {"workspaces": 20, "links": 20, "projects": 10, "domains": 10, "workspaceMembers": 10}
_BY_CREATION = {"sort_by": "created_at", "sort_direction": "asc"}


class LinkFields(TypedDict, total=False):
    """The fields that a PUT can change; one that is left out stays as it is.

    Limits (https://docs.userplane.io/api/links/update-link): `link_title` and `link_provider_id` 255 characters,
    `link_provider_ref` 2048, `link_provider_type` one of `PROVIDER_TYPES`. `""` clears a text, `{}` empties `meta`.
    """

    link_title: str
    link_reusable: bool
    link_provider_type: str
    link_provider_id: str
    link_provider_ref: str
    meta: dict[str, Any]


_PUT_NAMES = {
    "link_title": "linkTitle",
    "link_reusable": "linkReusable",
    "link_provider_type": "linkProviderType",
    "link_provider_id": "linkProviderId",
    "link_provider_ref": "linkProviderRef",
}


class Client:
    """A client of Userplane's REST API; one object serves several threads.

    Limits: https://docs.userplane.io/api/rate-limits (120 requests a minute and 10,000 a day for the key's owner).
    Every method sends one request, a listing one for each page that is looked at, and raises a `UserplaneError`.

    Args:
        api_key: Acts as the user who made it (https://docs.userplane.io/api/api-keys).
        base_url: https, or http on this machine's loopback.
        meta_field: The name under which `meta` is written, `meta` or `linkMeta`; either is read.
        requests_per_minute: The budget shared by all processes of this machine that use the key, at most 100,000; 0 for
            no limit.
        requests_per_day: As above, at most 10,000,000.
        shared_file: What the processes of this machine share; the key's own file in the user's cache when left out.
        notify: Told of waits, and of long work how far it is, each at most every 15 s; silent when left out.

    Raises:
        ConfigurationError: The key or the base URL is malformed, or a limit is out of its bounds.
    """

    def __init__(
        self,
        api_key: str,
        *,
        base_url: str = DEFAULT_BASE_URL,
        meta_field: str = "meta",
        requests_per_minute: int = DEFAULT_PER_MINUTE,
        requests_per_day: int = DEFAULT_PER_DAY,
        shared_file: SharedFile | None = None,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        self._api_key = validate_api_key(api_key)
        self._meta_field = meta_field
        self._transport = Transport(base_url, self._api_key)
        self.progress = Progress(notify or _LOG.info)
        self.shared_file = shared_file or SharedFile(
            self._api_key, self._transport.base_url, notify=notify or _LOG.info
        )
        self._budget = RateLimit(self.shared_file, requests_per_minute, requests_per_day, self.progress.notify_wait)
        self._threads = threading.local()
        self._answered: tuple[float | None, float] = (None, 0.0)

    @property
    def base_url(self) -> str:
        """The server that is asked, without a trailing slash."""
        return self._transport.base_url

    @contextlib.contextmanager
    def operation_deadline(
        self, seconds: float = MAX_OPERATION_SECONDS, *, rate_limit_wait: float | None = None
    ) -> Iterator[Deadline]:
        """Gives all requests that this thread sends inside one total, 2 minutes unless another is given.

        Outside of it each request has such a total of its own.

        Args:
            seconds: The total.
            rate_limit_wait: How long a request may wait for the budget; as long as it takes when left out.
        """
        outer = getattr(self._threads, "deadline", None)
        self._threads.deadline = Deadline(seconds, outer, rate_limit_wait)
        try:
            yield self._threads.deadline
        finally:
            self._threads.deadline = outer

    @contextlib.contextmanager
    def operation_step(self, operation: Operation) -> Iterator[None]:
        """Says of all that this thread sends inside that it is a step of an operation, where it fails or waits.

        Args:
            operation: The whole; its `step` says which one.
        """
        outer = getattr(self._threads, "operation", None)
        self._threads.operation = operation
        try:
            yield
        finally:
            self._threads.operation = outer

    def server_time(self, moment: float) -> float | None:
        """Returns what the server's clock shows at a moment, to about a second, or None before it has told its time.

        Args:
            moment: In seconds of `time.monotonic`: this machine's clock may be wrong, and set at any time.
        """
        told, heard = self._answered
        return None if told is None else told + (moment - heard)

    def get_me(self) -> Me:
        """Returns the key's owner (https://docs.userplane.io/api/user/get-me), the cheapest check of a key."""
        operation = self._operation("read", "the key's owner")
        return parse_model(Me, self._request(operation, "GET", "/public/me"), operation)

    def list_workspaces(self, *, include_workspace_membership: bool = False) -> Iterator[Workspace]:
        """Yields the workspaces of the key's owner (https://docs.userplane.io/api/workspaces/list-workspaces)."""
        asked = {"include_workspace_membership": "true"} if include_workspace_membership else {}
        operation = self._operation("list", "workspaces")
        return self._list(operation, "/public/workspaces", Workspace, "workspaces", "workspace_id", asked=asked)

    def get_workspace(self, workspace_id: str) -> Workspace:
        """Returns one workspace (https://docs.userplane.io/api/workspaces/get-workspace)."""
        operation = self._operation("read", f"workspace {workspace_id}")
        data = self._request(operation, "GET", _workspace(workspace_id))
        return parse_model(Workspace, data.get("workspace"), operation)

    def list_members(self, workspace_id: str) -> Iterator[Member]:
        """Yields the members of a workspace."""
        operation = self._operation("list", f"members of workspace {workspace_id}")
        path = _workspace(workspace_id) + "/members"
        return self._list(operation, path, Member, "workspaceMembers", "workspace_member_id")

    def list_domains(self, workspace_id: str) -> Iterator[Domain]:
        """Yields the domains of a workspace, of any status."""
        operation = self._operation("list", f"domains of workspace {workspace_id}")
        return self._list(operation, _workspace(workspace_id) + "/domains", Domain, "domains", "domain_id")

    def list_projects(self, workspace_id: str) -> Iterator[Project]:
        """Yields the projects of a workspace (https://docs.userplane.io/api/projects/list-projects)."""
        operation = self._operation("list", f"projects of workspace {workspace_id}")
        return self._list(operation, _workspace(workspace_id) + "/projects", Project, "projects", "project_id")

    def get_project(self, workspace_id: str, project_id: str) -> Project:
        """Returns one project (https://docs.userplane.io/api/projects/get-project).

        Raises:
            GoneError: 410 `PROJECT_GONE`, it was deleted; its links answer as gone until it is restored.
        """
        operation = self._operation("read", f"project {project_id} of workspace {workspace_id}")
        path = f"{_workspace(workspace_id)}/projects/{_segment(project_id, 'project id')}"
        project = parse_model(Project, self._request(operation, "GET", path).get("project"), operation)
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

        A link that is missing here is not proved to be deleted: pages shift. Only `get_link` proves it.

        Args:
            workspace_id: Where to look.
            domain_ids: Only links on these domains.
            project_ids: Only links in these projects.
            created_by: Only links that these members made.
            sort_by: `created_at` or `link_title`.
            sort_direction: `asc` or `desc`.
        """
        asked: dict[str, str] = {"sort_by": sort_by, "sort_direction": sort_direction}
        for name, ids in (("domain_id", domain_ids), ("project_id", project_ids), ("created_by", created_by)):
            asked.update({f"{name}[{index}]": one for index, one in enumerate(ids)})
        operation = self._operation("list", f"recording links of workspace {workspace_id}")
        return self._list(operation, _links(workspace_id), Link, "links", "link_id", asked=asked)

    def list_links_page(self, workspace_id: str, page: int) -> LinkPage:
        """Returns one page of the list that `list_links` yields: 20 live links, sorted by creation, ascending.

        One request; several where the links are too large for one answer.

        Args:
            workspace_id: Where to look.
            page: From 1 on; one behind the last is empty.
        """
        operation = self._operation("list", f"recording links of workspace {workspace_id}")
        pages = self._pages(operation, _links(workspace_id), "links", "link_id", _BY_CREATION)
        return parse_model(LinkPage, pages.page(page), operation)

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
        """Makes a link (https://docs.userplane.io/api/links/create-link). Not idempotent: each call makes one.

        Args:
            workspace_id: Where to make it.
            domain_id: A verified domain of the workspace.
            project_id: Left out, the workspace's default project.
            link_provider_ref: The API's `linkReference`; at most 2048 characters.
            link_reusable: Left out, the server's default (one recording).
            meta: Free map.
            label: What an error calls the link that is to be made.
            before_send: Called before each attempt, after what the budget makes it wait.

        Raises:
            ResponseLostError: The link may have been made.
            InvalidResponseError: As above.
            ServerError: As above.
            PlanLimitError: The plan's quota is used up; nothing was made.
        """
        body = {
            "domainId": domain_id,
            "projectId": project_id,
            "linkReference": link_provider_ref,
            "linkReusable": link_reusable,
            self._meta_field: meta,
        }
        subject = f'recording link "{sanitize(label)}"' if label else f"a recording link in workspace {workspace_id}"
        operation = self._operation("creation", subject)
        given = {key: value for key, value in body.items() if value is not None}
        return self._link(operation, "POST", _links(workspace_id), body=given, before_send=before_send)

    def get_link(self, workspace_id: str, link_id: str, *, label: str | None = None) -> Link:
        """Returns one link.

        Args:
            workspace_id: Where it is.
            link_id: Which one.
            label: What an error calls it as well as its id: its mark, say, since a title may be a secret.

        Raises:
            APIError: Its `proves_link_gone` is true for 404 `LINK_NOT_FOUND` and 410 `LINK_GONE` alone.
        """
        operation = self._operation("read", describe_link(link_id, label))
        return self._link(operation, "GET", _link_path(workspace_id, link_id), link_id=link_id)

    def update_link(
        self, workspace_id: str, link_id: str, *, label: str | None = None, **fields: Unpack[LinkFields]
    ) -> Link:
        """Changes the given fields of a link and no others (https://docs.userplane.io/api/links/update-link).

        Args:
            workspace_id: Where it is.
            link_id: Which one.
            label: What an error calls it as well as its id: its mark, say, since a title may be a secret.
            **fields: What to change; see `LinkFields` for the limits.

        Raises:
            APIError: As `get_link`.
        """
        names = {**_PUT_NAMES, "meta": self._meta_field}
        body = {names[key]: value for key, value in fields.items()}
        operation = self._operation("update", describe_link(link_id, label))
        return self._link(operation, "PUT", _link_path(workspace_id, link_id), body=body, link_id=link_id)

    def delete_link(self, workspace_id: str, link_id: str, *, label: str | None = None) -> None:
        """Deletes a link (https://docs.userplane.io/api/links/delete-link); its address stops working at once.

        Args:
            workspace_id: Where it is.
            link_id: Which one.
            label: What an error calls it as well as its id: its mark, say, since a title may be a secret.

        Raises:
            APIError: As `get_link`. 403 `LINK_DELETE_FORBIDDEN` unless the key's owner made the link or is an admin.
        """
        operation = self._operation("delete", describe_link(link_id, label))
        data = self._request(operation, "DELETE", _link_path(workspace_id, link_id))
        if data.get("linkId") != link_id:
            raise unexpected_response(operation, "about another link")

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
        """Returns what matches a text (https://docs.userplane.io/api/search/search-workspace).

        Args:
            workspace_id: Where to look.
            q: 1 to 100 characters.
            search_type: What to look for; the API's `type`.
            limit: At most so many; 20 is known to work.
        """
        models: dict[str, type[Member | Project | Domain | LinkHit]] = {
            "members": Member,
            "projects": Project,
            "domains": Domain,
            "links": LinkHit,
        }
        operation = self._operation("search", f"{search_type} of workspace {workspace_id}")
        asked = {"q": q, "type": search_type, **({} if limit is None else {"limit": limit})}
        results = self._request(operation, "GET", _workspace(workspace_id) + "/search", params=asked).get("results")
        if not isinstance(results, list):
            raise unexpected_response(operation, "no results")
        hits: list[Any] = [parse_model(models[search_type], hit, operation) for hit in results]
        return hits

    def _operation(self, verb: str, subject: str) -> Operation:
        whole: Operation | None = getattr(self._threads, "operation", None)
        return whole or Operation(verb, subject)

    def _list(
        self,
        operation: Operation,
        path: str,
        model: type[ListedT],
        key: str,
        identity: str,
        *,
        asked: Mapping[str, Any] | None = None,
    ) -> Iterator[ListedT]:
        return self._pages(operation, path, key, identity, asked or {}).iterate(model)

    def _pages(self, operation: Operation, path: str, key: str, identity: str, asked: Mapping[str, Any]) -> PageReader:
        def fetch(page: int, per_page: int) -> dict[str, Any]:
            return self._request(operation, "GET", path, params={"page": page, "per_page": per_page, **asked})

        return PageReader(fetch, operation, key, identity, MAX_PER_PAGE[key])

    def _link(
        self,
        operation: Operation,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        link_id: str | None = None,
        before_send: Callable[[], None] | None = None,
    ) -> Link:
        data = self._request(operation, method, path, body=body, before_send=before_send)
        link = parse_model(Link, data.get("link"), operation)
        if link_id is not None and link.link_id != link_id:
            raise unexpected_response(operation, "with another link")
        return link

    def _request(
        self,
        operation: Operation,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        before_send: Callable[[], None] | None = None,
    ) -> dict[str, Any]:
        # First of all: what can't be sent takes nothing from the budget and is noted nowhere.
        self._transport.prepare(operation)
        request = Request(method, path, params, body)
        deadline = getattr(self._threads, "deadline", None) or Deadline()

        def once() -> dict[str, Any]:
            self._budget.acquire(operation, deadline.exclude, deadline.rate_limit_wait)
            self.progress.count_request()
            if before_send is not None:
                before_send()
            return self._once(operation, request, deadline)

        return call_with_retries(once, method, deadline, self.progress.notify_wait)

    def _once(self, operation: Operation, request: Request, deadline: Deadline) -> dict[str, Any]:
        try:
            answer = self._transport.send(operation, request, deadline)
            self._answered = (read_server_time(answer), time.monotonic())
            return parse_envelope(answer, operation, self._api_key)
        except RateLimitError as error:
            self._budget.pause(error.retry_after or 1.0)
            raise


def _workspace(workspace_id: str) -> str:
    return f"/public/workspace/{_segment(workspace_id, 'workspace id')}"


def _links(workspace_id: str) -> str:
    return f"{_workspace(workspace_id)}/links"


def _link_path(workspace_id: str, link_id: str) -> str:
    return f"{_links(workspace_id)}/{_segment(link_id, 'link id')}"


def _segment(value: str, what: str) -> str:
    if not is_id(value):
        raise ConfigurationError(f"the {what} is empty, a dot path, or holds control characters")
    return quote(value, safe="")
