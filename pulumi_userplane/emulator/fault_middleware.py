"""What a scripted fault does to a request and its response; each request is logged on its way."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulumi_userplane.emulator.faults import Fault, FaultScript
from pulumi_userplane.emulator.request_log import RequestLog

_PADDING_BYTES = 9 * 1024 * 1024
_OTHER_LINK_ID = "lnk_another"
_HTML_PAGE = "<!doctype html><title>Please sign in</title><p>Please sign in to go on.</p>"

CloseConnection = Callable[[Scope], None]


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
