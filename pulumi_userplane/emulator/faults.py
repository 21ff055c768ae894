"""Scripted faults: what one is, which requests it matches, and what it does to their responses."""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Lock
from typing import Literal, NamedTuple, TypedDict

from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_userplane.emulator.problems import check_text
from pulumi_userplane.emulator.request_log import RequestLog

Answer = Literal[
    "real", "status", "redirect", "html", "empty", "drop", "cut_body", "cut_json", "oversized", "other_link"
]
_ALTERED_ANSWERS = {"real", "cut_body", "cut_json", "oversized", "other_link"}
_PADDING_BYTES = 9 * 1024 * 1024
_OTHER_LINK_ID = "lnk_another"
_HTML_PAGE = "<!doctype html><title>Please sign in</title><p>Please sign in to go on.</p>"

CloseConnection = Callable[[Scope], None]


class Fault(BaseModel):
    """One fault: it lets `skip` matching requests pass, then replaces or alters the responses of the next `times`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str | None = None
    """The HTTP method to match; None matches any."""
    path: str = ""
    """A regular expression to find anywhere in the path."""
    skip: int = Field(default=0, ge=0)
    """How many matching requests pass first."""
    times: int | None = Field(default=1, ge=1)
    """How many requests get the fault; None means all."""
    latency: float = Field(default=0, ge=0, le=600)
    """Seconds to wait before anything else, at most 600."""
    answer: Answer = "real"
    """What the client gets in place of the real response."""
    after_work: bool = False
    """Whether the request is executed before its response is replaced."""
    status: int | None = Field(default=None, ge=200, le=599)
    """The status of `answer="status"` (500 if None) and of `answer="redirect"` (307 if None)."""
    code: str = "INTERNAL_SERVER_ERROR"
    """The error code in the body of `answer="status"`."""
    message: str = "A scripted fault."
    """The text in the body of `answer="status"`."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers to add to a replaced response."""
    target: str = "https://elsewhere.example/"
    """The Location of `answer="redirect"`."""

    @field_validator("path")
    @classmethod
    def _check_path(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return path

    @field_validator("target")
    @classmethod
    def _check_target(cls, target: str) -> str:
        return check_text(target)

    @field_validator("headers")
    @classmethod
    def _check_headers(cls, headers: dict[str, str]) -> dict[str, str]:
        check_text("".join([*headers, *headers.values()]))
        return headers

    @property
    def should_alter_response(self) -> bool:
        """Whether the client gets the real response, late or damaged, and not another one."""
        return self.answer in _ALTERED_ANSWERS

    @property
    def should_execute(self) -> bool:
        """Whether the request is executed."""
        return self.after_work or self.should_alter_response

    def matches(self, method: str, path: str) -> bool:
        """Returns whether the fault is for requests of this method and path."""
        return self.method in {None, method} and re.search(self.path, path) is not None

    def __str__(self) -> str:
        """Returns what the fault does, for the request log."""
        effect = f"{self.answer} {self.status or 500} {self.code}" if self.answer == "status" else self.answer
        work = " after the work" if self.after_work else ""
        return f"{effect}{work}{f' after {self.latency} s' if self.latency else ''}"


class FaultDict(TypedDict, total=False):
    """The fields of `Fault` as keyword arguments."""

    method: str | None
    path: str
    skip: int
    times: int | None
    latency: float
    answer: Answer
    after_work: bool
    status: int | None
    code: str
    message: str
    headers: dict[str, str]
    target: str


class RemainingFault(NamedTuple):
    """A fault that can still match a request."""

    fault: Fault
    skip: int
    """How many matching requests still pass first."""
    times: int | None
    """How many requests it can still apply to; None means all."""


class FaultScript:
    """The faults that are still to come, in the order in which they were scripted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pending: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> None:
        """Adds a fault to the end of the script."""
        with self._lock:
            self._pending.append((fault, 0))

    @property
    def pending(self) -> list[Fault]:
        """The faults that can still match a request."""
        with self._lock:
            return [fault for fault, _ in self._pending]

    @property
    def remaining(self) -> list[RemainingFault]:
        """The same, each with what remains of its numbers."""
        with self._lock:
            return [
                RemainingFault(
                    fault,
                    max(fault.skip - matched, 0),
                    None if fault.times is None else fault.times - max(matched - fault.skip, 0),
                )
                for fault, matched in self._pending
            ]

    def clear(self) -> None:
        """Removes all faults."""
        with self._lock:
            self._pending.clear()

    def match(self, method: str, path: str) -> Fault | None:
        """Counts a request and returns its fault: the first that matches and has let enough requests pass."""
        with self._lock:
            for index, (fault, matched) in enumerate(self._pending):
                if not fault.matches(method, path):
                    continue
                self._pending[index] = (fault, matched + 1)
                if matched < fault.skip:
                    continue
                if fault.times is not None and matched + 1 == fault.skip + fault.times:
                    del self._pending[index]
                return fault
        return None


class FaultMiddleware:
    """Logs every request, and applies the fault that matches it.

    Args:
        app: The application that executes requests.
        faults: The faults to apply.
        log: Where to record requests.
        find_user_id: Returns the id of the user whose key a request has, if any.
        close_connection: Closes the connection of a request.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        faults: FaultScript,
        log: RequestLog,
        find_user_id: Callable[[Scope], str | None],
        close_connection: CloseConnection,
    ) -> None:
        self._app = app
        self._faults = faults
        self._log = log
        self._find_user_id = find_user_id
        self._close_connection = close_connection

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends one response, or closes the connection without one."""
        body = await _read_body(receive)
        fault = self._faults.match(scope["method"], scope["path"])
        if fault is None:
            response: _BufferedResponse | None = await _call(self._app, scope, body)
        else:
            response = await self._apply(fault, scope, body, receive)
        self._log.record(
            scope,
            body,
            response=(response.status, response.body) if response else None,
            user=self._find_user_id(scope),
            fault=str(fault) if fault else None,
        )
        if response is not None:
            await response.send(send)
        if response is None or response.is_cut:
            self._close_connection(scope)
            await receive()  # returns once the connection is closed: uvicorn then reports no error

    async def _apply(self, fault: Fault, scope: Scope, body: bytes, receive: Receive) -> "_BufferedResponse | None":
        if fault.latency:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(receive(), fault.latency)  # a client that disconnects ends the wait
        response = await _call(self._app, scope, body) if fault.should_execute else None
        if fault.answer == "drop":
            return None
        return _alter(response, fault) if response and fault.should_alter_response else _build_replacement(fault)


@dataclass(frozen=True)
class _BufferedResponse:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    is_cut: bool = False
    """Whether only the first half of the body is sent."""

    async def send(self, send: Send) -> None:
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        body = self.body[: len(self.body) // 2] if self.is_cut else self.body
        await send({"type": "http.response.body", "body": body, "more_body": self.is_cut})


async def _read_body(receive: Receive) -> bytes:
    parts = []
    has_more = True
    while has_more:
        message = await receive()
        parts.append(message.get("body", b""))
        has_more = message.get("more_body", False)
    return b"".join(parts)


async def _call(app: ASGIApp, scope: Scope, body: bytes) -> _BufferedResponse:
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    start, *parts = messages
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    return _BufferedResponse(start["status"], headers, b"".join(part.get("body", b"") for part in parts))


def _alter(response: _BufferedResponse, fault: Fault) -> _BufferedResponse:
    if fault.answer == "cut_body":
        return replace(response, is_cut=True)
    if fault.answer == "cut_json":
        return replace(response, body=response.body[: len(response.body) // 2])
    if fault.answer == "oversized":
        return replace(response, body=response.body.rstrip()[:-1] + b', "padding": "%s"}' % (b"x" * _PADDING_BYTES))
    if fault.answer == "other_link":
        return replace(response, body=_swap_link_ids(response.body))
    return response


def _build_replacement(fault: Fault) -> _BufferedResponse:
    headers = [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
    if fault.answer == "html":
        return _BufferedResponse(200, [(b"content-type", b"text/html"), *headers], _HTML_PAGE.encode())
    if fault.answer == "empty":
        return _BufferedResponse(200, headers, b"")
    if fault.answer == "redirect":
        return _BufferedResponse(fault.status or 307, [(b"location", fault.target.encode()), *headers], b"")
    body = json.dumps({"error": fault.code, "message": fault.message}).encode()
    return _BufferedResponse(fault.status or 500, [(b"content-type", b"application/json"), *headers], body)


def _swap_link_ids(body: bytes) -> bytes:
    content = json.loads(body)
    data = content.get("data")
    if isinstance(data, dict):
        for part in (data, data.get("link")):
            if isinstance(part, dict) and "linkId" in part:
                part["linkId"] = _OTHER_LINK_ID
            if isinstance(part, dict) and "linkProviderReference" in part:
                part["linkProviderReference"] = f"of {_OTHER_LINK_ID}"
    return json.dumps(content).encode()
