"""Words messages for a program of any language but Python: in its spelling, without secrets, at the link."""

from __future__ import annotations

import contextlib
import re
from contextvars import ContextVar
from typing import TYPE_CHECKING

import grpc
from google.protobuf.any_pb2 import Any
from pulumi.runtime.proto.engine_pb2 import LogRequest, LogSeverity
from pulumi.runtime.proto.provider_pb2 import ErrorResourceInitFailed
from pulumi.runtime.proto.status_pb2 import Status

from pulumi_userplane.api.redaction import MIN_LENGTH, MIN_LONG
from pulumi_userplane.respelling import respell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from google.protobuf.struct_pb2 import Struct


_URN = ContextVar("urn", default="")
_SECRET_TEXTS: ContextVar[tuple[str, ...]] = ContextVar("secret_texts", default=())


@contextlib.contextmanager
def address_messages(urn: str, secret_texts: Iterable[str]) -> Iterator[None]:
    """Lets all messages inside be about one resource, and keeps its secrets out of them.

    Args:
        urn: The resource.
        secret_texts: The texts of its secrets.
    """
    longest_first = sorted((text for text in secret_texts if len(text) >= MIN_LENGTH), key=len, reverse=True)
    tokens = _URN.set(urn), _SECRET_TEXTS.set(tuple(longest_first))
    try:
        yield
    finally:
        _URN.reset(tokens[0])
        _SECRET_TEXTS.reset(tokens[1])


def format_message(message: str) -> str:
    """Returns a message as it is shown to the caller."""
    for secret in _SECRET_TEXTS.get():
        pattern = re.escape(secret)
        alone = rf"(?<!\w){pattern}(?!\w)"
        message = re.sub(pattern if len(secret) >= MIN_LONG else alone, "[secret]", message)
    return respell(message)


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
        request = LogRequest(severity=severity, message=format_message(message), urn=_URN.get())
        with contextlib.suppress(grpc.RpcError):
            self._send(request)


class IncompleteStatus(grpc.Status):  # type: ignore[misc]  # gRPC's module has no types
    """The error for a link that is not as declared yet: the engine records it, and the next run updates it."""

    code = grpc.StatusCode.UNKNOWN

    def __init__(self, line: str, link_id: str, properties: Struct) -> None:
        self.details = line
        detail = Any()
        detail.Pack(ErrorResourceInitFailed(id=link_id, properties=properties, reasons=[line]))
        status = Status(code=self.code.value[0], message=line, details=[detail])
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)
