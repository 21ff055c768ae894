"""What routes take: the member who asks, paging, whole numbers, id filters; all else is refused with 400."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator, Field

from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.envelope import ApiError, InputError
from pulumi_userplane.emulator.workspace_store import Membership

_FURTHEST = 2**62
_BRACKETED = re.compile(r"(.+)\[\d+\]")


def _whole_number(text: object) -> int:
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,400}", text):
        raise ValueError("not a whole number")
    return min(int(text), _FURTHEST)


Whole = Annotated[int, BeforeValidator(_whole_number), Field(ge=1)]


async def _backend(request: Request) -> Backend:
    # Not a plain function: FastAPI would run that in a thread of its own.
    backend: Backend = request.app.state.backend
    return backend


State = Annotated[Backend, Depends(_backend)]


async def no_repetition(request: Request) -> None:
    """Refuse a query that names a parameter twice: arrays travel as name[0]=a&name[1]=b."""
    names = [name for name, _ in request.query_params.multi_items()]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name} is there more than once; write {name}[0]=...&{name}[1]=...")


def _member(request: Request, state: Backend, workspace_id: str, unknown: ApiError) -> Membership:
    directory = state.directory
    if not directory.exists(workspace_id):
        raise unknown
    membership = directory.membership(workspace_id, request.state.user_id)
    if membership is None:
        raise _NOT_A_MEMBER
    if membership.workspace_gone:
        raise ApiError(410, "WORKSPACE_GONE", "This workspace was deleted.")
    return membership


_NOT_A_MEMBER = ApiError(403, "NOT_A_MEMBER", "You are not a member of this workspace.")
_NOT_FOUND = ApiError(404, "WORKSPACE_NOT_FOUND", "There is no such workspace.")


async def _member_of_known(request: Request, state: State, workspace_id: str) -> Membership:
    return _member(request, state, workspace_id, _NOT_FOUND)


async def _member_of_any(request: Request, state: State, workspace_id: str) -> Membership:
    return _member(request, state, workspace_id, _NOT_A_MEMBER)


Member = Annotated[Membership, Depends(_member_of_any)]
"""Where an unknown workspace is 403, since no other code is documented."""
KnownMember = Annotated[Membership, Depends(_member_of_known)]
"""Where an unknown workspace is documented to be 404."""


ItemT = TypeVar("ItemT")


@dataclass(frozen=True)
class Page:
    """A page as it was asked for."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many items come before it."""
        return min((self.number - 1) * self.size, _FURTHEST)

    def of(self, items: list[ItemT]) -> list[ItemT]:
        """The part of a whole list that is on it."""
        return items[self.offset : self.offset + self.size]

    def pagination(self, total: int) -> dict[str, int | bool]:
        """The `pagination` of an answer."""
        pages = -(-total // self.size)
        return {
            "page": self.number,
            "perPage": self.size,
            "total": total,
            "totalPages": pages,
            "hasMore": self.number < pages,
        }


async def _page_of_5(page: Whole = 1, per_page: Annotated[Whole, Query(le=10)] = 5) -> Page:
    return Page(page, per_page)


async def _page_of_10(page: Whole = 1, per_page: Annotated[Whole, Query(le=20)] = 10) -> Page:
    return Page(page, per_page)


async def _page_of_any(page: Whole = 1, per_page: Whole = 10) -> Page:
    return Page(page, per_page)


ProjectsPage = Annotated[Page, Depends(_page_of_5)]
ShortPage = Annotated[Page, Depends(_page_of_10)]
FreePage = Annotated[Page, Depends(_page_of_any)]
Flag = Literal["true", "false"]


def id_filters(request: Request, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Values of the array parameters name[0], name[1], ...

    Raises:
        InputError: an array came under its plain name, or with an empty id.
    """
    filters: dict[str, list[str]] = {}
    for parameter, value in request.query_params.multi_items():
        bracketed = _BRACKETED.fullmatch(parameter)
        name = bracketed.group(1) if bracketed else parameter.partition("[")[0]
        if name not in names:
            continue
        if not bracketed:
            raise InputError(f"{name} is an array; write {name}[0]=...")
        if not value:
            raise InputError(f"{parameter} is empty")
        filters.setdefault(name, []).append(value)
    return filters
