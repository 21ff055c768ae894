"""The form that breaks the next request: what it offers, and the fault that a person chose in it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_userplane.emulator.faults import Answer, Fault, RemainingFault
from pulumi_userplane.emulator.page.forms import Form
from pulumi_userplane.emulator.page.hostile_text import from_key, to_key
from pulumi_userplane.emulator.page.views import identify_link
from pulumi_userplane.emulator.schemas import LinkRow

FindLink = Callable[[str], LinkRow | None]
"""Returns the link with an id."""

ANSWERS: dict[Answer, str] = {
    "status": "An error: status and code below",
    "drop": "No response: connection closed",
    "real": "The real response, after a delay",
    "redirect": "A redirect to another site",
    "html": "A proxy's login page, status 200",
    "empty": "Status 200 without a body",
    "cut_body": "A connection that closes midway",
    "cut_json": "The real response, half its JSON",
    "oversized": "The real response, 9 MiB longer",
    "other_link": "The real one, another link's id",
}
"""What a client can get, in words."""

METHODS = ("GET", "POST", "PUT", "DELETE")

CODES = (
    "500 INTERNAL_SERVER_ERROR",
    "429 RATE_LIMITED",
    "503 SERVICE_UNAVAILABLE",
    "400 WORKSPACE_SEARCH_TERM_REQUIRED",
    "400 WORKSPACE_SEARCH_TYPE_INVALID",
    "401 API_KEY_INVALID",
    "401 API_KEY_EXPIRED",
    "401 API_KEY_REQUIRED",
    "403 API_KEY_DISABLED",
    "403 NOT_A_MEMBER",
    "403 FORBIDDEN",
    "403 LINK_DELETE_FORBIDDEN",
    "403 PLAN_LIMIT_EXCEEDED",
    "403 RECORDING_DELETE_FORBIDDEN",
    "403 RECORDING_WORKSPACE_MISMATCH",
    "404 LINK_NOT_FOUND",
    "404 LINK_DEFAULT_PROJECT_NOT_FOUND",
    "404 PROJECT_NOT_FOUND",
    "404 WORKSPACE_NOT_FOUND",
    "404 RECORDING_NOT_FOUND",
    "410 LINK_GONE",
    "410 LINK_PROJECT_DELETED",
    "410 PROJECT_GONE",
    "410 WORKSPACE_GONE",
    "410 RECORDING_GONE",
    "500 LINK_CREATE_FAILED",
    "500 LINK_UPDATE_FAILED",
    "500 LINK_DELETE_FAILED",
    "500 RECORDING_DELETE_FAILED",
    "500 WORKSPACE_SEARCH_UNAVAILABLE",
)
"""The error that a fault has by default, and all documented ones, the usual ones first."""

DEFAULTS = Form({"answer": "status", "code": CODES[0], "times": "1", "latency": "0"})

_CHOICES = (*DEFAULTS, "method", "link", "after_work")

_LIST = "list"
_LIST_PATH = "/links$"
_LINK_PATH = re.compile(r"/links/(?P<escaped_id>.+)\$", re.DOTALL)
_MESSAGE = "Scripted on the emulator's page."


@dataclass(frozen=True)
class FaultView:
    """A fault that can still match a request.

    Attributes:
        requests: Which requests it matches.
        effect: What they get.
        remaining: How many requests get it.
    """

    requests: str
    effect: str
    remaining: str


def view_fault(remaining: RemainingFault, find_link: FindLink) -> FaultView:
    """Returns a fault in words."""
    fault, skip, times = remaining
    return FaultView(
        requests=f"{fault.method or 'Any method'}, {_describe_path(fault.path, find_link)}",
        effect=_describe_effect(fault) + _describe_skip(skip),
        remaining="All" if times is None else f"{times:,}",
    )


def keep_choices(fields: Mapping[str, str]) -> Form:
    """Returns what a person chose, of the fields of a form or of an address."""
    return Form({name: fields[name] for name in _CHOICES if name in fields})


def name_result(fault: Fault) -> str:
    """Returns which of the page's messages says what a new fault will do."""
    if fault.answer == "real":
        return "fault-breaks-none"
    if fault.times is None:
        return "fault-breaks-all"
    return "fault-breaks-one" if fault.times == 1 else "fault-breaks-several"


def build_fault(form: Form) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns the fields of the fault that a person chose, and what is wrong with others, by their names."""
    problems: dict[str, str] = {}
    status, _, code = form["code"].partition(" ")
    fields: dict[str, Any] = {
        "method": form["method"] or None,
        "path": _find_path(form["link"]),
        "answer": form["answer"],
        "after_work": form["after_work"] == "on",
        "message": _MESSAGE,
    }
    if form["answer"] == "status":
        fields |= {"status": int(status) if form["code"] in CODES else None, "code": code}
    try:
        fields["times"] = _read_times(form["times"].strip())
    except ValueError:
        problems["times"] = "Write how many requests, from 1; empty means all."
    try:
        fields["latency"] = _read_latency(form["latency"].strip())
    except ValueError:
        problems["latency"] = "Write seconds, from 0 to 600."
    return fields, problems


def _describe_path(path: str, find_link: FindLink) -> str:
    if not path:
        return "any path"
    if path == _LIST_PATH:
        return "the list of links"
    match = _LINK_PATH.fullmatch(path)
    link_id = re.sub(r"\\(.)", r"\1", match["escaped_id"], flags=re.DOTALL) if match else ""
    link = find_link(link_id) if path == _find_path(to_key(link_id)) else None
    return f"the link {identify_link(link)}" if link else f"path with {path}"


def _describe_effect(fault: Fault) -> str:
    effect = f"An error: {fault.status or 500} {fault.code}" if fault.answer == "status" else ANSWERS[fault.answer]
    if fault.answer == "real":
        effect = "The real response"
    delay = f", after {fault.latency:g} s" if fault.latency else ""
    work = ", once the request is carried out" if fault.after_work and not fault.should_alter_response else ""
    return f"{effect}{delay}{work}"


def _describe_skip(skip: int) -> str:
    if not skip:
        return ""
    requests = "matching request passes" if skip == 1 else f"{skip:,} matching requests pass"
    return f"; the next {requests} first"


def _find_path(link: str) -> str:
    if not link:
        return ""
    return _LIST_PATH if link == _LIST else f"/links/{re.escape(from_key(link))}$"


def _read_times(text: str) -> int | None:
    times = int(text) if text else None
    if times is not None and times < 1:
        raise ValueError
    return times


def _read_latency(text: str) -> float:
    latency = float(text or 0)
    if not 0 <= latency <= 600:
        raise ValueError
    return latency
