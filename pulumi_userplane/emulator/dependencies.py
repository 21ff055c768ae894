"""What routes ask FastAPI for: the backend, the member who asks, the page, whole numbers, id filters.

Whatever has another form is refused.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator, Field

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.behaviour_values import PageLimit
from pulumi_userplane.emulator.envelope import ApiError, InputError
from pulumi_userplane.emulator.workspace_store import Membership

# SQLite's integers end at 2**63.
_MAX_NUMBER = 2**62
_INDEXED_NAME = re.compile(r"(.+)\[\d+\]")
_NOT_A_MEMBER = ApiError(403, "NOT_A_MEMBER", "You are not a member of this workspace.")
_WORKSPACE_NOT_FOUND = ApiError(404, "WORKSPACE_NOT_FOUND", "There is no such workspace.")

Flag = Literal["true", "false"]
ItemT = TypeVar("ItemT")


def _parse_whole_number(text: object) -> int:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,400}", text):
        raise ValueError("not a whole number")
    return min(int(text), _MAX_NUMBER)


PositiveInt = Annotated[int, BeforeValidator(_parse_whole_number), Field(ge=1)]


async def _get_backend(request: Request) -> Backend:
    # Not a plain function: FastAPI would run that in a thread of its own.
    backend: Backend = request.app.state.backend
    return backend


BackendDep = Annotated[Backend, Depends(_get_backend)]


def _require_member(request: Request, backend: Backend, workspace_id: str, unknown: ApiError) -> Membership:
    if not backend.workspaces.has_workspace(workspace_id):
        raise unknown
    membership = backend.workspaces.find_membership(workspace_id, request.state.user_id)
    if membership is None:
        raise _NOT_A_MEMBER
    if membership.workspace_is_gone:
        raise ApiError(410, "WORKSPACE_GONE", "This workspace was deleted.")
    return membership


async def _require_member_or_403(request: Request, backend: BackendDep, workspace_id: str) -> Membership:
    return _require_member(request, backend, workspace_id, _NOT_A_MEMBER)


async def _require_member_or_404(request: Request, backend: BackendDep, workspace_id: str) -> Membership:
    return _require_member(request, backend, workspace_id, _WORKSPACE_NOT_FOUND)


MemberDep = Annotated[Membership, Depends(_require_member_or_403)]
"""For routes that document no 404 for an unknown workspace: they answer 403."""
MemberOr404Dep = Annotated[Membership, Depends(_require_member_or_404)]
"""For routes that document 404 for an unknown workspace."""


@dataclass(frozen=True)
class Page:
    """The page that a request asks for."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many items come before the page."""
        return min((self.number - 1) * self.size, _MAX_NUMBER)

    def slice(self, items: list[ItemT]) -> list[ItemT]:
        """Returns the items of a whole list that are on the page."""
        return items[self.offset : self.offset + self.size]

    def build_pagination(self, total: int) -> dict[str, int | bool]:
        """Returns the `pagination` of a response."""
        total_pages = -(-total // self.size)
        return {
            "page": self.number,
            "perPage": self.size,
            "total": total,
            "totalPages": total_pages,
            "hasMore": self.number < total_pages,
        }


async def _parse_page_of_20(page: PositiveInt = 1, per_page: Annotated[PositiveInt, Query(le=20)] = 10) -> Page:
    return Page(page, per_page)


async def _parse_links_page(backend: BackendDep, page: PositiveInt = 1, per_page: PositiveInt = 10) -> Page:
    return _limit_page(page, per_page, backend.behaviours.links_per_page, known=20)


async def _parse_projects_page(backend: BackendDep, page: PositiveInt = 1, per_page: PositiveInt = 5) -> Page:
    return _limit_page(page, per_page, backend.behaviours.projects_per_page, known=10)


async def _parse_domains_page(backend: BackendDep, page: PositiveInt = 1, per_page: PositiveInt = 10) -> Page:
    return _limit_page(page, per_page, backend.behaviours.domains_per_page, known=10)


async def _parse_members_page(backend: BackendDep, page: PositiveInt = 1, per_page: PositiveInt = 10) -> Page:
    return _limit_page(page, per_page, backend.behaviours.members_per_page, known=10)


def _limit_page(number: int, size: int, limit: PageLimit, *, known: int) -> Page:
    if isinstance(limit, int):
        return Page(number, min(size, limit))
    if limit == "refuse" and size > known:
        raise InputError(f"query.per_page: Input should be less than or equal to {known}")
    return Page(number, size)


PageOf20Dep = Annotated[Page, Depends(_parse_page_of_20)]
LinksPageDep = Annotated[Page, Depends(_parse_links_page)]
ProjectsPageDep = Annotated[Page, Depends(_parse_projects_page)]
DomainsPageDep = Annotated[Page, Depends(_parse_domains_page)]
MembersPageDep = Annotated[Page, Depends(_parse_members_page)]


async def reject_repeated_parameters(request: Request) -> None:
    """Refuses a query that names a parameter twice: arrays are sent as name[0]=a&name[1]=b."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name} is there more than once; write {name}[0]=...&{name}[1]=...")


def parse_id_filters(request: Request, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Returns the ids in the array parameters name[0], name[1], ...; parameters of other names are ignored.

    Raises:
        InputError: An array is sent under its plain name, or with an empty id.
    """
    filters: dict[str, list[str]] = {}
    for parameter, value in request.query_params.multi_items():
        indexed = _INDEXED_NAME.fullmatch(parameter)
        name = indexed.group(1) if indexed else parameter.partition("[")[0]
        if name not in names:
            continue
        if not indexed:
            raise InputError(f"{name} is an array; write {name}[0]=...")
        if not value:
            raise InputError(f"{parameter} is empty")
        filters.setdefault(name, []).append(value)
    return filters
