"""Where requests come in and answers go out: the request log, and the faults that come between."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from pydantic import JsonValue
from starlette.types import ASGIApp, Receive, Scope, Send

from pulumi_userplane.emulator.auth import key_text
from pulumi_userplane.emulator.backend import Backend
from pulumi_userplane.emulator.faults import Fault
from pulumi_userplane.emulator.reply import Reply, held, replacement, spoiled
from pulumi_userplane.emulator.request_log import LoggedRequest

HangUp = Callable[[Scope], None]


class Wire:
    """Notes every request and lets the script of faults have its way with it."""

    def __init__(self, app: ASGIApp, backend: Backend, hang_up: HangUp) -> None:
        self._app = app
        self._backend = backend
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or leave it without an answer."""
        body = await _whole(receive)
        fault = self._backend.faults.match(scope["method"], scope["path"])
        reply = await self._reply(scope, body, fault, receive) if fault else await held(self._app, scope, body)
        self._note(scope, body, fault, reply)
        if reply is not None:
            await reply.send(send)
        if reply is None or reply.cut:
            self._hang_up(scope)
            await receive()  # returns once the connection is down: the server takes no offence then

    async def _reply(self, scope: Scope, body: bytes, fault: Fault, receive: Receive) -> Reply | None:
        await _patience(fault.latency, receive)
        real = await held(self._app, scope, body) if fault.should_execute else None
        if fault.answer == "drop":
            return None
        return spoiled(real, fault) if real and fault.should_alter_response else replacement(fault)

    def _note(self, scope: Scope, body: bytes, fault: Fault | None, reply: Reply | None) -> None:
        key = self._backend.directory.key(key_text(scope))
        self._backend.log.add(
            LoggedRequest(
                method=scope["method"],
                path=scope["path"],
                query=scope["query_string"].decode("ascii", "replace"),
                body=_readable(body),
                status=reply.status if reply else None,
                user=key.user_id if key else None,
                fault=str(fault) if fault else None,
            )
        )


async def _patience(seconds: float, receive: Receive) -> None:
    if seconds:
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(receive(), seconds)  # the only thing still to come is the end of the connection


async def _whole(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _readable(body: bytes) -> JsonValue:
    try:
        content: JsonValue = json.loads(body) if body else None
    except ValueError:
        return body.decode("utf-8", "replace")
    return content
