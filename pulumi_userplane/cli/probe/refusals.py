"""Describes a response that refuses something by its shape alone, so that no name and no address gets into a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pulumi_userplane.api.advice import DOCUMENTED_CODES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pulumi_userplane.cli.probe.exchange import Reply

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
_KNOWN_KEYS = {*_ENVELOPE, *_FRAMEWORK, "issues"}
_PUBLIC_KEYS = {"message", "status", "domainStatus", "linkType", "linkProviderType", "workspaceRole", "type"}
_KNOWN_CODES = {*DOCUMENTED_CODES, _ENVELOPE["error"]}
_VOCABULARY = {word.casefold() for code in _KNOWN_CODES for word in code.split("_")}
"""Words of the API's own, which many a name holds as well."""

_MIN_PRIVATE_LENGTH = 4
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")


class PrivateTexts:
    """The names, ids and addresses of an account, in whatever spelling: none may get into a report.

    Args:
        contents: The JSON of responses that hold them.
        secrets: What else must not be shown: the key, and what the probe has made up for this run.
    """

    def __init__(self, contents: Iterable[object], secrets: Iterable[str] = ()) -> None:
        texts = (text for content in contents for text in _find_texts(content))
        private = [*texts, *secrets]
        self._texts = {text for text in map(_normalize, private) if len(text) >= _MIN_PRIVATE_LENGTH}
        self._words = {word for text in private for word in _find_words(text)} - _VOCABULARY

    def __contains__(self, text: str) -> bool:
        """Returns whether a text holds one of them."""
        normalized = _normalize(text)
        return any(private in normalized for private in self._texts) or not self._words.isdisjoint(_find_words(text))


def _find_words(text: str) -> set[str]:
    return {word for word in _NOT_A_LETTER.split(text.casefold()) if len(word) >= _MIN_PRIVATE_LENGTH}


def _normalize(text: str) -> str:
    return _NOT_A_LETTER.sub("", text.casefold())


def _find_texts(content: object) -> Iterator[str]:
    """Yields the texts of a response, but for those whose words are the API's own."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            if key not in _PUBLIC_KEYS:
                yield from _find_texts(value)
    elif isinstance(content, list):
        for value in content:
            yield from _find_texts(value)


def describe_body(reply: Reply, private: PrivateTexts) -> str | dict[str, Any]:
    """Returns the shape of a refusal's body: `envelope`, `framework`, `text`, or the JSON without the server's words.

    Args:
        reply: The refusal.
        private: What must not be shown.
    """
    if not isinstance(reply.content, dict):
        return "text"
    shape = _describe_object(reply.content, reply.status, private, _MAX_DEPTH)
    if shape == _ENVELOPE:
        return "envelope"
    return "framework" if shape == {**_FRAMEWORK, "status": reply.status} else shape


def describe_outcome(reply: Reply, refusal: Reply | None, private: PrivateTexts) -> str:
    """Returns the outcome of a request that a server may refuse for a reason of its own.

    Args:
        reply: The response.
        refusal: How the server refuses malformed input, or None if that was not seen.
        private: As for `describe_body`.

    Returns:
        `taken`, `input` if it is refused as malformed input is, else the status with the code.
    """
    if reply.is_success:
        return TAKEN
    if refusal is not None and _shape(reply, private) == _shape(refusal, private):
        return INPUT
    return f"{reply.status} {reply.code}" if _is_code(reply.code, private) else str(reply.status)


def _is_code(text: str, private: PrivateTexts) -> bool:
    """Returns whether a text may be shown as a code of the server."""
    return text in _KNOWN_CODES or (_CODE.fullmatch(text) is not None and text not in private)


def _shape(reply: Reply, private: PrivateTexts) -> tuple[int, object]:
    return reply.status, describe_body(reply, private)


def _describe_object(content: dict[str, Any], status: int, private: PrivateTexts, depth: int) -> dict[str, Any]:
    known = [key for key in content if _KEY.fullmatch(key) and (key in _KNOWN_KEYS or key not in private)]
    return {key: _describe(key, content[key], status, private, depth) for key in known[:_MAX_KEYS]}


def _describe(key: str, value: object, status: int, private: PrivateTexts, depth: int) -> object:
    if isinstance(value, dict):
        return _describe_object(value, status, private, depth - 1) if depth else {}
    if isinstance(value, list):
        return [_describe(key, item, status, private, depth - 1) for item in value[:1]] if depth else []
    if isinstance(value, str):
        is_code = key in _CODE_KEYS and _is_code(value, private)
        return value if is_code else WORDS
    if value is None or isinstance(value, bool) or value == status:
        return value
    return 0
