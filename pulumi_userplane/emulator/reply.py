"""An answer held back before it goes out, and what a fault makes of it."""

import json
from dataclasses import dataclass, replace

from starlette.types import ASGIApp, Message, Scope, Send

from pulumi_userplane.emulator.faults import Fault

_PADDING = 9 * 1024 * 1024
_OTHER_LINK = "lnk_another"
_PAGE = "<!doctype html><title>Please sign in</title><p>Please sign in to go on.</p>"


@dataclass(frozen=True)
class Reply:
    """Status, headers and body; `cut` closes the connection in the middle of the body."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    cut: bool = False

    async def send(self, send: Send) -> None:
        """Send it, or the first half of it."""
        headers = [*self.headers, (b"content-length", str(len(self.body)).encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        sent = self.body[: len(self.body) // 2] if self.cut else self.body
        await send({"type": "http.response.body", "body": sent, "more_body": self.cut})


async def held(app: ASGIApp, scope: Scope, body: bytes) -> Reply:
    """Let the application answer, and keep what it says."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def keep(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, keep)
    start, *parts = messages
    headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    return Reply(start["status"], headers, b"".join(part.get("body", b"") for part in parts))


def spoiled(reply: Reply, fault: Fault) -> Reply:
    """The real answer, damaged as the fault says."""
    if fault.answer == "cut_body":
        return replace(reply, cut=True)
    if fault.answer == "cut_json":
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    if fault.answer == "oversized":
        return replace(reply, body=reply.body.rstrip()[:-1] + b', "padding": "%s"}' % (b"x" * _PADDING))
    if fault.answer == "other_link":
        return replace(reply, body=_with_another_link(reply.body))
    return reply


def replacement(fault: Fault) -> Reply:
    """The answer that comes in the place of the real one."""
    extra = [(name.lower().encode(), value.encode()) for name, value in fault.headers.items()]
    if fault.answer == "html":
        return Reply(200, [(b"content-type", b"text/html"), *extra], _PAGE.encode())
    if fault.answer == "empty":
        return Reply(200, extra, b"")
    if fault.answer == "redirect":
        return Reply(fault.status or 307, [(b"location", fault.target.encode()), *extra], b"")
    body = json.dumps({"error": fault.code, "message": fault.message}).encode()
    return Reply(fault.status or 500, [(b"content-type", b"application/json"), *extra], body)


def _with_another_link(body: bytes) -> bytes:
    content = json.loads(body)
    data = content.get("data")
    if isinstance(data, dict):
        for holder in (data, data.get("link")):
            if isinstance(holder, dict) and "linkId" in holder:
                holder["linkId"] = _OTHER_LINK
            if isinstance(holder, dict) and "linkProviderReference" in holder:
                holder["linkProviderReference"] = f"of {_OTHER_LINK}"
    return json.dumps(content).encode()
