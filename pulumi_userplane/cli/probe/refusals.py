"""Describes a response that refuses something by its shape alone, so that no name and no address gets into a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from pulumi_userplane.cli.probe.exchange import Reply

    IsPrivate: TypeAlias = Callable[[str], bool]

WORDS = "…"
"""Stands for a text of the server's own in the shape of a body."""

TAKEN = "taken"
INPUT = "input"

_CODE = re.compile(r"[A-Z0-9_]{1,64}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_CODE_KEYS = {"code", "error"}
_MAX_DEPTH = 5
_MAX_KEYS = 20
_ENVELOPE = {"error": "BAD_REQUEST", "message": WORDS}
_FRAMEWORK = {
    "defined": False,
    "code": "BAD_REQUEST",
    "status": 0,
    "message": WORDS,
    "data": {"issues": [{"message": WORDS}]},
}


def describe_body(reply: Reply, is_private: IsPrivate) -> str | dict[str, Any]:
    """Returns the shape of a refusal's body: `envelope`, `framework`, `text`, or the JSON without the server's words.

    Args:
        reply: The refusal.
        is_private: Whether a text is a name, an id or an address of the account.
    """
    if not isinstance(reply.content, dict):
        return "text"
    shape = _describe_object(reply.content, reply.status, is_private, _MAX_DEPTH)
    if shape == _ENVELOPE:
        return "envelope"
    return "framework" if shape == {**_FRAMEWORK, "status": reply.status} else shape


def describe_outcome(reply: Reply, refusal: Reply | None, is_private: IsPrivate) -> str:
    """Returns the outcome of a request that a server may refuse for a reason of its own.

    Args:
        reply: The response.
        refusal: How the server refuses malformed input, or None if that was not seen.
        is_private: As for `describe_body`.

    Returns:
        `taken`, `input` if it is refused as malformed input is, else the status with the code.
    """
    if reply.is_success:
        return TAKEN
    if refusal is not None and _shape(reply, is_private) == _shape(refusal, is_private):
        return INPUT
    has_code = _CODE.fullmatch(reply.code) and not is_private(reply.code)
    return f"{reply.status} {reply.code}" if has_code else str(reply.status)


def _shape(reply: Reply, is_private: IsPrivate) -> tuple[int, object]:
    return reply.status, describe_body(reply, is_private)


def _describe_object(content: dict[str, Any], status: int, is_private: IsPrivate, depth: int) -> dict[str, Any]:
    known = [key for key in content if _KEY.fullmatch(key) and not is_private(key)]
    return {key: _describe(key, content[key], status, is_private, depth) for key in known[:_MAX_KEYS]}


def _describe(key: str, value: object, status: int, is_private: IsPrivate, depth: int) -> object:
    if isinstance(value, dict):
        return _describe_object(value, status, is_private, depth - 1) if depth else {}
    if isinstance(value, list):
        return [_describe(key, item, status, is_private, depth - 1) for item in value[:1]] if depth else []
    if isinstance(value, str):
        is_code = key in _CODE_KEYS and _CODE.fullmatch(value) and not is_private(value)
        return value if is_code else WORDS
    if value is None or isinstance(value, bool) or value == status:
        return value
    return 0
