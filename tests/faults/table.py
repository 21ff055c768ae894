"""The outcome of each operation under each fault: the source of the tests and of docs/faults.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

LOOK = "create, its look"
OPERATIONS = {
    LOOK: "GET",
    "create": "POST",
    "create, its POST": "POST",
    "create, its PUT": "PUT",
    "adopt": "GET",
    "adopt, its PUT": "PUT",
    "read": "GET",
    "update": "PUT",
    "delete": "DELETE",
    "get_project by id": "GET",
    "get_recording_link": "GET",
    "get_user": "GET",
    "any other look-up": "GET",
}
"""Each operation and its request that the fault hits; of two requests, each is hit. Only one operation looks first: a
run looks once."""

LISTS_WHAT_THERE_IS = {
    "get_project by id": ("`PROJECT_NOT_FOUND`", "`PROJECT_GONE`"),
    "get_recording_link": ("`LINK_NOT_FOUND`", "`LINK_GONE`"),
    "get_user": (),
    "any other look-up": (),
}
"""The look-ups, with the responses that make each request a list of what exists instead."""


class Cell(NamedTuple):
    """The expected outcome of one operation.

    Attributes:
        outcome: `done`, `gone` (dropped from the state) or `error` (a create leaves no state, others keep it).
        requests: A regular expression over the methods of all requests, those included that no server saw.
        live: The live links at the server afterwards.
        is_warned: Whether a warning says that the look for interrupted creations failed.
    """

    outcome: str
    requests: str
    live: int
    is_warned: bool = False


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: What happens, in words.
        kind: Its row in `RULES`.
        script: The emulator's fault.
        local: What happens on the way instead: `refused` connection, or a proxy's `page` with status 404.
        quick: Whether it is over soon in a process whose waits are real.
    """

    name: str
    kind: str
    script: dict[str, Any] = field(default_factory=dict)
    local: str = ""
    quick: bool = True


def _status(kind: str, status: int, code: str, how: str = "", **more: Any) -> Fault:
    script = {"answer": "status", "status": status, "code": code, **more}
    return Fault(f"{status} `{code}`{how}", kind, script, quick=more.get("times", 1) is not None)


_REFUSALS = {
    400: ("WORKSPACE_SEARCH_TERM_REQUIRED", "WORKSPACE_SEARCH_TYPE_INVALID", "BAD_REQUEST"),
    401: ("API_KEY_REQUIRED", "API_KEY_INVALID", "API_KEY_EXPIRED"),
    403: (
        "API_KEY_DISABLED",
        "NOT_A_MEMBER",
        "FORBIDDEN",
        "LINK_DELETE_FORBIDDEN",
        "PLAN_LIMIT_EXCEEDED",
        "RECORDING_DELETE_FORBIDDEN",
        "RECORDING_WORKSPACE_MISMATCH",
    ),
    404: ("LINK_DEFAULT_PROJECT_NOT_FOUND", "PROJECT_NOT_FOUND", "WORKSPACE_NOT_FOUND", "RECORDING_NOT_FOUND"),
    410: ("LINK_PROJECT_DELETED", "PROJECT_GONE", "WORKSPACE_GONE", "RECORDING_GONE"),
    422: ("UNHEARD_OF",),
}
_FAILURES = (
    "LINK_CREATE_FAILED",
    "LINK_UPDATE_FAILED",
    "LINK_DELETE_FAILED",
    "RECORDING_DELETE_FAILED",
    "WORKSPACE_SEARCH_UNAVAILABLE",
)

FAULTS = (
    *(_status("refused", status, code) for status, codes in _REFUSALS.items() for code in codes),
    Fault("404 with a proxy's page", "page", local="page"),
    _status("gone", 404, "LINK_NOT_FOUND"),
    _status("gone", 410, "LINK_GONE"),
    _status("not processed", 429, "RATE_LIMITED", ", once"),
    _status("not processed", 429, "RATE_LIMITED", ", once, `Retry-After: 1`", headers={"Retry-After": "1"}),
    _status("not processed", 503, "SERVICE_UNAVAILABLE", ", once"),
    Fault("connection refused, once", "never connected", local="refused once"),
    Fault("connection refused, for ever", "never connected, for ever", local="refused", quick=False),
    _status("too long", 429, "RATE_LIMITED", ", `Retry-After: 90`", headers={"Retry-After": "90"}),
    _status("too long", 503, "SERVICE_UNAVAILABLE", ", `Retry-After: 90`", headers={"Retry-After": "90"}),
    _status("not processed, for ever", 429, "RATE_LIMITED", ", for ever", times=None),
    _status("not processed, for ever", 503, "SERVICE_UNAVAILABLE", ", for ever", times=None),
    *(_status("lost, not done", 500, code, ", once") for code in _FAILURES),
    _status("lost, not done", 502, "BAD_GATEWAY", ", once"),
    _status("lost, not done", 504, "GATEWAY_TIMEOUT", ", once"),
    _status("lost, done", 500, "INTERNAL_SERVER_ERROR", ", once, after the work", after_work=True),
    _status("lost, for ever", 500, "INTERNAL_SERVER_ERROR", ", for ever", times=None),
    Fault("connection dropped before the work", "lost, not done", {"answer": "drop"}),
    Fault("connection dropped after the work", "lost, done", {"answer": "drop", "after_work": True}),
    Fault("cut body", "lost, done", {"answer": "cut_body"}),
    Fault("silence, nothing done", "silence", {"latency": 2, "answer": "drop"}, quick=False),
    Fault("silence, done", "silence, done", {"latency": 2}, quick=False),
    Fault("200 with HTML", "unreadable, not done", {"answer": "html"}),
    Fault("200 with an empty body", "unreadable, not done", {"answer": "empty"}),
    Fault("200 with HTML, after the work", "unreadable, done", {"answer": "html", "after_work": True}),
    Fault("200 with an empty body, after the work", "unreadable, done", {"answer": "empty", "after_work": True}),
    Fault("cut JSON", "unreadable, done", {"answer": "cut_json"}),
    Fault("9 MiB", "too large", {"answer": "oversized"}),
    Fault("another link's id", "another link", {"answer": "other_link"}),
    Fault("redirect", "redirect", {"answer": "redirect"}),
)

_LOOK_TWICE = "GET GET"
RULES: dict[str, tuple[str, str, str, str]] = {
    # kind: outcome and requests of a create whose POST is hit, then of any operation whose method M is hit
    "refused": ("error", "POST", "error", "M"),
    "page": ("error", f"POST {_LOOK_TWICE}", "error", "M"),
    "gone": ("error", f"POST {_LOOK_TWICE}", "error", "M"),
    "redirect": ("error", "POST", "error", "M"),
    "too long": ("error", "POST", "error", "M"),
    "not processed": ("done", "POST POST", "done", "M M"),
    "not processed, for ever": ("error", "POST( POST)+", "error", "M( M)+"),
    "never connected": ("done", "POST POST", "done", "M M"),
    "never connected, for ever": ("error", "POST( POST)+", "error", "M( M)+"),
    "lost, not done": ("done", f"POST {_LOOK_TWICE} POST", "done", "M M"),
    "lost, done": ("done", "POST GET", "done", "M M"),
    "lost, for ever": ("error", f"(POST {_LOOK_TWICE} ?){{3}}", "error", "M( M)+"),
    "silence": ("error", f"POST {_LOOK_TWICE}", "done", "M M"),
    "silence, done": ("done", "POST GET( GET)?", "done", "M M"),
    "unreadable, not done": ("done", f"POST {_LOOK_TWICE} POST", "error", "M"),
    "unreadable, done": ("done", "POST GET", "error", "M"),
    "too large": ("done", "POST GET", "error", "M"),
    "another link": ("done", "POST GET", "error", "M"),
}

_WHEN_GONE = {
    "read": Cell("gone", "GET GET", 1),
    "update": Cell("error", "PUT GET", 1),
    "delete": Cell("done", "DELETE GET", 1),
}
"""Who hears that a link is gone asks for its project: once."""

_DELETED = {"lost, done", "silence, done", "unreadable, done", "too large", "another link"}
"""Kinds of faults in which the server carried out the request."""


def cell(operation: str, fault: Fault) -> Cell:  # noqa: PLR0911 - the table's exceptions, one a line
    """Returns the expected outcome of an operation under a fault."""
    create_outcome, create_requests, outcome, requests = RULES[fault.kind]
    method = OPERATIONS[operation]
    requests = requests.replace("M", method)
    if operation == LOOK:
        return _look(fault, outcome, requests)
    if method == "POST":
        put = " PUT" if operation == "create, its POST" and create_outcome == "done" else ""
        return Cell(create_outcome, create_requests + put, int(create_outcome == "done"))
    if operation == "create, its PUT":
        # What can't be finished is taken back.
        back = "" if outcome == "done" else " DELETE"
        return Cell(outcome, f"POST {requests}{back}", int(outcome == "done"))
    if operation == "adopt":
        return Cell(outcome, f"{requests} PUT" if outcome == "done" else requests, 1)
    if operation == "adopt, its PUT":
        return Cell(outcome, f"GET {requests}", 1)
    if fault.kind == "gone" and operation in _WHEN_GONE:
        return _WHEN_GONE[operation]
    if operation == "delete" and outcome == "done" and fault.kind in _DELETED:
        return Cell("done", "DELETE DELETE GET", 0)
    if operation in LISTS_WHAT_THERE_IS:
        return _look_up(operation, fault, outcome, requests)
    live = int(operation != "delete" or (outcome == "error" and fault.kind not in _DELETED))
    return Cell(outcome, requests, live)


def _look(fault: Fault, outcome: str, requests: str) -> Cell:
    """Returns the outcome of a create whose look is hit: it does without, unless the key is refused."""
    if fault.name.startswith("401"):
        return Cell("error", requests, 0)
    if fault.kind == "too large":
        # The list comes in smaller pages.
        return Cell("done", "GET GET POST", 1)
    # Whatever ids a list shows, it is one.
    return Cell("done", f"{requests} POST", 1, is_warned=outcome == "error" and fault.kind != "another link")


def _look_up(operation: str, fault: Fault, outcome: str, requests: str) -> Cell:
    """Returns the outcome by the rules, with three exceptions."""
    if any(code in fault.name for code in LISTS_WHAT_THERE_IS[operation]):
        return Cell("error", "GET GET", 1)
    if fault.kind == "another link" and operation != "get_recording_link":
        return Cell("done", "GET", 1)
    if fault.kind == "too large" and operation == "any other look-up":
        # The list comes in smaller pages.
        return Cell("done", "GET GET", 1)
    return Cell(outcome, requests, 1)
