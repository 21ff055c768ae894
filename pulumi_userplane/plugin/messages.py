"""Words messages for a program of any language but Python: in its spelling, without secrets, at the link."""

from __future__ import annotations

import contextlib
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from pulumi.runtime.proto.engine_pb2 import LogRequest, LogSeverity

from pulumi_userplane.property_names import PYTHON_NAMES, to_camel_case
from pulumi_userplane.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PYTHON_WORDS = {
    *PYTHON_NAMES,
    *(setting.argument for setting in SETTINGS),
    "domain_ids",
    "project_ids",
    "created_by",
    "retain_on_delete",
    "delete_before_replace",
}
# Neither a part of a mark, a command or a longer word, nor what the caller wrote, which is quoted.
_BEGIN, _END = r"(?:(?<![\w/$#.'-])|(?<=did you mean '))", r"(?![\w/$#-])"
_PYTHON_WORD = re.compile(f"{_BEGIN}({'|'.join(sorted(filter(lambda word: '_' in word, _PYTHON_WORDS)))}){_END}")
_ARGUMENT = re.compile(rf"{_BEGIN}({'|'.join(sorted({*_PYTHON_WORDS, 'adopt', 'mark', 'title', 'url', 'default'}))})=")
_SHORTEST_SECRET = 4
"""A shorter text tells nothing, and would blot out parts of words."""


class _Call(NamedTuple):
    urn: str = ""
    secret_texts: tuple[str, ...] = ()


_NO_CALL = _Call()
_CALL: ContextVar[_Call] = ContextVar("call", default=_NO_CALL)


@contextlib.contextmanager
def speaking_of(urn: str, secret_texts: Iterable[str]) -> Iterator[None]:
    """Lets all messages inside be about one resource, and keeps its secrets out of them.

    Args:
        urn: The resource.
        secret_texts: The texts of its secrets.
    """
    longest_first = sorted((text for text in secret_texts if len(text) >= _SHORTEST_SECRET), key=len, reverse=True)
    token = _CALL.set(_Call(urn, tuple(longest_first)))
    try:
        yield
    finally:
        _CALL.reset(token)


def word(message: str) -> str:
    """Returns a message as it is shown to the caller."""
    for secret in _CALL.get().secret_texts:
        message = message.replace(secret, "[secret]")
    return respell(message)


def respell(message: str) -> str:
    """Returns a message with the names of arguments as all languages but Python write them.

    `write adopt="link_1"` becomes `write adopt: "link_1"`, `remove adopt=` becomes `remove adopt`, and `link_title`
    becomes `linkTitle`.
    """
    message = _ARGUMENT.sub(lambda match: f"{match[1]}{_follow(message, match.end())}", message)
    return _PYTHON_WORD.sub(lambda match: to_camel_case(match[1]), message)


def _follow(message: str, end: int) -> str:
    return ": " if message[end : end + 1] in {'"', "'", "["} else ""


class EngineLog:
    """Shows messages through the engine, at the resource that the operation of the calling thread is about.

    Args:
        send: Sends one to the engine.
    """

    def __init__(self, send: Callable[[LogRequest], object]) -> None:
        self._send = send

    def info(self, message: str, /) -> None:
        """Shows what a user may want to know."""
        self._log(LogSeverity.INFO, message)

    def warn(self, message: str, /) -> None:
        """Shows what a user should look at."""
        self._log(LogSeverity.WARNING, message)

    def _log(self, severity: LogSeverity.ValueType, message: str) -> None:
        self._send(LogRequest(severity=severity, message=word(message), urn=_CALL.get().urn))
