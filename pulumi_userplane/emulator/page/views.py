"""What the templates show of links, of requests and of limits."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from pulumi_userplane.emulator.auth import Refusal, Usage, UserUsage
from pulumi_userplane.emulator.behaviours import Behaviours
from pulumi_userplane.emulator.page import hostile_text
from pulumi_userplane.emulator.request_log import LoggedRequest
from pulumi_userplane.emulator.schemas import LinkRow

PER_PAGE = 50
"""How many links, requests or faults are shown at once: the newest."""

_BEGINNING_OF_MARK = "pulumi:"
_END_OF_REFERENCE = re.compile(r"#[0-9a-f]{8}\Z")
_STATES = {"live": "", "deleted": ", deleted", "project-deleted": ", its project is deleted"}
_PATH_OF_LINK = re.compile(r"/links/([^/]{1,255})\Z")
_DOCUMENTED_LIMITS = (("minute", 120), ("day", 10_000))


@dataclass(frozen=True)
class LinkView:
    """A link in the list.

    Attributes:
        key: Its id, as forms hold it.
        name: What buttons call it: its title in quotes, or its id.
    choice: What a list of choices calls it: its title, its id, and its state unless it is live.
        project_name: What buttons call its project.
        has_web_address: Whether its address can be a link.
        mark: The ownership mark in its reference; empty if there is none of the provider's form.
    reference: Its reference, if that is not a mark.
        state: `live`, `deleted`, or `project-deleted`.
    """

    key: str
    name: str
    choice: str
    project_name: str
    row: LinkRow
    has_web_address: bool
    mark: str
    reference: str
    state: str


@dataclass(frozen=True)
class RequestView:
    """A request in the list.

    Attributes:
        number: Its number since the log was last cleared.
        path: Its path; without the id at the end, if it is for a link.
        link_id: This id.
        query: Its query, with the question mark.
        moment: When the response was ready, in UTC without the day.
        outcome: `good`, `refused`, or `unanswered`.
        body: The beginning of its body's JSON or text, as HTML; empty if it has none.
        is_short: Whether the body fits on a line.
        is_cut: Whether the body is longer than what is shown.
        size: The bytes of the body, in words.
    """

    number: int
    request: LoggedRequest
    path: str
    link_id: str
    query: str
    moment: str
    outcome: str
    body: Markup
    is_short: bool
    is_cut: bool
    size: str


@dataclass(frozen=True)
class LimitView:
    """A user's requests in a minute or in a day.

    Attributes:
        period: `minute` or `day`.
        used: How many requests were accepted in it.
        limit: The limit that is switched on; 0 if there is none.
        documented: Userplane's own.
        next_one: When one more request is allowed, in words; empty if another limit, or none, decides that.
    """

    period: str
    used: int
    limit: int
    documented: int
    next_one: str

    @property
    def remaining(self) -> int:
        """How many more requests are accepted."""
        return max(self.limit - self.used, 0)


@dataclass(frozen=True)
class Pager:
    """Which part of a list is shown.

    Attributes:
        page: The number of the page, from 1.
        pages: How many pages there are, at least 1.
        total: How many items there are on all pages.
    """

    page: int
    pages: int
    total: int

    @classmethod
    def count(cls, page: str, total: int) -> "Pager":
        """Returns the page that an address asks for, or the nearest that there is."""
        pages = max((total - 1) // PER_PAGE + 1, 1)
        wanted = int(page) if page.isascii() and page.isdecimal() and len(page) < 10 else 1
        return cls(min(max(wanted, 1), pages), pages, total)

    @property
    def offset(self) -> int:
        """How many items come before the page."""
        return (self.page - 1) * PER_PAGE


def view_link(row: LinkRow) -> LinkView:
    """Returns a link as the list shows it."""
    state = "live" if row["live"] else "deleted" if row["deletedAt"] else "project-deleted"
    reference = row["linkProviderReference"] or ""
    has_mark = reference.startswith(_BEGINNING_OF_MARK)
    return LinkView(
        key=hostile_text.to_key(row["linkId"]),
        name=name_link(row),
        choice=identify_link(row) + _STATES[state],
        project_name=_quote(row["project"]["title"]),
        row=row,
        has_web_address=hostile_text.is_https(row["linkURL"]),
        mark=_END_OF_REFERENCE.sub("", reference) if has_mark else "",
        reference="" if has_mark else reference,
        state=state,
    )


def name_link(row: LinkRow) -> str:
    """Returns what buttons and messages call a link."""
    return _quote(row["linkTitle"] or "") or hostile_text.name(row["linkId"])


def identify_link(row: LinkRow) -> str:
    """Returns what tells a link from others with its title: the title, if it has one, and the id."""
    title = _quote(row["linkTitle"] or "")
    return " ".join(filter(None, (title, hostile_text.name(row["linkId"]))))


def view_request(number: int, request: LoggedRequest) -> RequestView:
    """Returns a request as the list shows it."""
    text = "" if request.body_size == 0 else _describe_body(request)
    is_short = hostile_text.fits_on_one_line(text)
    body, is_cut = (hostile_text.show(text), False) if is_short else hostile_text.show_lines(text)
    of_link = _PATH_OF_LINK.search(request.path)
    link_id = of_link[1] if of_link else ""
    return RequestView(
        number=number,
        request=request,
        path=request.path.removesuffix(link_id),
        link_id=link_id,
        query=f"?{request.query}" if request.query else "",
        moment=request.time[11:19],
        outcome="unanswered" if request.status is None else "good" if request.status < 400 else "refused",
        body=body if text else Markup(""),
        is_short=is_short,
        is_cut=is_cut,
        size=f"{request.body_size:,} {'byte' if request.body_size == 1 else 'bytes'}",
    )


def view_limits(usage: UserUsage, behaviours: Behaviours) -> list[LimitView]:
    """Returns what a user has used of the minute and of the day."""
    windows = ((usage.minute, behaviours.rate_limit), (usage.day, behaviours.daily_limit))
    return [
        LimitView(period, used.requests, limit, documented, _describe_next(period, used, limit, usage.refusal))
        for (period, documented), (used, limit) in zip(_DOCUMENTED_LIMITS, windows, strict=True)
    ]


def _quote(text: str) -> str:
    name = hostile_text.name(text)
    return f"“{name}”" if name else ""


def _describe_next(period: str, used: Usage, limit: int, refusal: Refusal | None) -> str:
    if refusal is not None and refusal.period == period:
        return f"The next is allowed in {_describe_wait(refusal.seconds)}."
    return f"One more in {_describe_wait(used.seconds)}." if 0 < used.requests < limit else ""


def _describe_wait(seconds: int) -> str:
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def _describe_body(request: LoggedRequest) -> str:
    return request.body if isinstance(request.body, str) else hostile_text.describe_json(request.body)
