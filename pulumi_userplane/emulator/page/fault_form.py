"""The form that breaks the next request: what it offers, and the fault that a person chose in it."""

import re
from dataclasses import dataclass
from typing import Any

from pulumi_userplane.emulator.faults import Answer, Fault
from pulumi_userplane.emulator.page.forms import Form
from pulumi_userplane.emulator.page.hostile_text import from_key

ANSWERS: dict[Answer, str] = {
    "status": "An error with the status and code below",
    "drop": "Nothing: the connection is closed",
    "real": "The real response, after the delay below",
    "redirect": "A redirect to another site",
    "html": "A web page with status 200, as a login page of a proxy",
    "empty": "Status 200 without a body",
    "cut_body": "The real response, with the connection closed in the middle",
    "cut_json": "The first half of the real response's JSON",
    "oversized": "The real response with 9 MiB of padding",
    "other_link": "The real response with another link's id",
}
"""What a client can get, in words."""

METHODS = ("GET", "POST", "PUT", "DELETE")

CODES = (
    "500 INTERNAL_SERVER_ERROR",
    "429 RATE_LIMITED",
    "503 SERVICE_UNAVAILABLE",
    "401 API_KEY_INVALID",
    "401 API_KEY_EXPIRED",
    "401 API_KEY_REQUIRED",
    "403 API_KEY_DISABLED",
    "403 NOT_A_MEMBER",
    "403 FORBIDDEN",
    "403 LINK_DELETE_FORBIDDEN",
    "403 PLAN_LIMIT_EXCEEDED",
    "404 LINK_NOT_FOUND",
    "404 LINK_DEFAULT_PROJECT_NOT_FOUND",
    "404 PROJECT_NOT_FOUND",
    "404 WORKSPACE_NOT_FOUND",
    "410 LINK_GONE",
    "410 LINK_PROJECT_DELETED",
    "410 PROJECT_GONE",
    "410 WORKSPACE_GONE",
    "500 LINK_CREATE_FAILED",
    "500 LINK_UPDATE_FAILED",
    "500 LINK_DELETE_FAILED",
)
"""The documented errors, the usual ones first."""

DEFAULTS = Form({"answer": "status", "code": CODES[0], "times": "1", "latency": "0"})

ANY_LINK = ""
_LIST = "list"
_LIST_PATH = "/links$"
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


def view_fault(fault: Fault, remaining: int | None) -> FaultView:
    """Returns a fault in words."""
    effect = f"An error: {fault.status or 500} {fault.code}" if fault.answer == "status" else ANSWERS[fault.answer]
    if fault.answer == "real":
        effect = "The real response"
    details = [effect]
    if fault.latency:
        details.append(f"after {fault.latency:g} s")
    if fault.after_work and not fault.should_alter_response:
        details.append("once the request is carried out")
    if fault.skip:
        details.append(f"the first {fault.skip:,} matching requests pass")
    return FaultView(
        requests=f"{fault.method or 'Any method'}, {f'path with {fault.path}' if fault.path else 'any path'}",
        effect=", ".join(details),
        remaining="All" if remaining is None else f"{remaining:,}",
    )


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
        problems["times"] = "Write how many requests, from 1; nothing for all."
    try:
        fields["latency"] = _read_latency(form["latency"].strip())
    except ValueError:
        problems["latency"] = "Write seconds, from 0 to 600."
    return fields, problems


def _find_path(link: str) -> str:
    if link == ANY_LINK:
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
